import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { FastifyBaseLogger } from 'fastify';
import { type Clock, OutsideError, type RuleEvaluator, SECOND_MS, type Verdict } from '../../core/index.ts';
import {
  createDomainList,
  createEngine,
  createEnricher,
  DISPOSABLE_DOMAINS,
  type Engine,
  type EngineMetrics,
  type Enricher,
  readPriceTable,
  SHIPPED_PRICES,
} from '../../ingest/index.ts';
import { loadRegistry, type OpenScorer, openScorer, rulesOnlyScorer, SHIPPED_MANIFEST } from '../../models/index.ts';
import type { EventLog } from '../../platform/event-log/index.ts';
import {
  createFeatureEngine,
  createFreezeBudget,
  createJsonRulesEngineEvaluator,
  createPolicy,
  createRuleEvaluator,
  LIBRARY_DIRECTORY,
  loadRuleBook,
  type RuleBook,
} from '../../rules/index.ts';
import type { Config } from '../config/read-config.ts';
import type { Keys } from './load-keys.ts';

/** A scorer slower than this is left out of the verdict: half of what a waiting login may take at most, with room for the rest. */
const SCORER_BOUND_MS = SECOND_MS / 2;

export interface OpenEngineDeps {
  readonly config: Config;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly keys: Pick<Keys, 'verdict'>;
  readonly metrics: EngineMetrics;
  /** Told of each durable verdict. */
  readonly onVerdict: (verdict: Verdict) => void;
  readonly logger: FastifyBaseLogger;
}

/** The parts an engine judges with; the same for live judging, replay and measuring. */
export interface JudgingParts {
  readonly book: RuleBook;
  readonly enricher: Enricher;
  readonly evaluator: RuleEvaluator;
  readonly scorer: OpenScorer;
}

/** Loads rules; throws OutsideError `rule_book_invalid` with every problem, file and line. */
export function openRuleBook(config: Pick<Config, 'rulesDirectory'>): RuleBook {
  const loaded = loadRuleBook(config.rulesDirectory ?? LIBRARY_DIRECTORY);
  if (!loaded.ok)
    throw new OutsideError('rule_book_invalid', `the rules do not load:\n${loaded.refusal.message}`, { retryable: false });
  return loaded.value;
}

async function openEnricher(config: Pick<Config, 'pricesFile'>): Promise<Enricher> {
  const file = config.pricesFile ?? SHIPPED_PRICES;
  const prices = readPriceTable(await readFile(file, 'utf8'));
  if (!prices.ok) throw new OutsideError('prices_invalid', `${String(file)}: ${prices.refusal.message}`, { retryable: false });
  return createEnricher({ prices: prices.value, disposableDomains: createDomainList(DISPOSABLE_DOMAINS) });
}

/** Models that cannot be loaded do not keep the engine from judging: rules decide alone, and every verdict says so. */
async function openModels(deps: Pick<OpenEngineDeps, 'config' | 'clock' | 'logger'>): Promise<OpenScorer> {
  const { models, modelManifest } = deps.config;
  if (models === 'off') return rulesOnlyScorer('BULWARK_MODELS is off');
  const registry = await loadRegistry(modelManifest === null ? SHIPPED_MANIFEST : pathToFileURL(modelManifest));
  const scorer = registry.ok
    ? await openScorer({
        registry: registry.value,
        timeBoundMs: SCORER_BOUND_MS,
        clock: deps.clock,
        onProblem: (reason, error) => deps.logger.error({ err: error, reason }, 'models did not answer; rules decide alone'),
      })
    : registry;
  if (scorer.ok) return scorer.value;
  deps.logger.error({ problems: scorer.refusal.message }, 'models cannot be used; rules decide alone');
  return rulesOnlyScorer(scorer.refusal.code);
}

export async function openJudging(deps: Pick<OpenEngineDeps, 'config' | 'clock' | 'logger'>): Promise<JudgingParts> {
  const book = openRuleBook(deps.config);
  const evaluator =
    deps.config.rulesEvaluator === 'compiled' ? createRuleEvaluator(book.rules) : createJsonRulesEngineEvaluator(book.rules);
  const [enricher, scorer] = await Promise.all([openEnricher(deps.config), openModels(deps)]);
  return { book, enricher, evaluator, scorer };
}

/** The engine over the given log, and what it judges with. */
export async function openEngine(deps: OpenEngineDeps): Promise<{ engine: Engine; parts: JudgingParts }> {
  const parts = await openJudging(deps);
  const engine = createEngine({
    log: deps.log,
    clock: deps.clock,
    group: 'engine',
    features: () => createFeatureEngine(parts.book.features),
    budget: () => createFreezeBudget(parts.book.rules),
    scorer: parts.scorer,
    rules: parts.evaluator,
    policy: createPolicy(parts.book.policy),
    enricher: parts.enricher,
    signer: deps.keys.verdict.signer,
    metrics: deps.metrics,
    onVerdict: deps.onVerdict,
    onError: (error) => deps.logger.error({ err: error }, 'engine'),
  });
  return { engine, parts };
}
