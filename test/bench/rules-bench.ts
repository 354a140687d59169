import type { EnrichedEvent, EventType, Facts, RuleEvaluator } from '../../core/index.ts';
import { WALLET_SOURCE } from '../../core/index.ts';
import {
  createFeatureEngine,
  createJsonRulesEngineEvaluator,
  createRuleEvaluator,
  LIBRARY_DIRECTORY,
  loadRuleBook,
} from '../../rules/index.ts';
import { type Bench, type Figures, perSecond, rounded } from './bench.ts';
import { sampleEvents } from './sample-events.ts';

/** Enough for a steady figure: compiled rules take the list many times over, the other evaluator once. */
const EVENTS = 20_000;
const SLOW_EVENTS = 1_000;
const MEASURE_MS = 2_000;

interface Judged {
  readonly type: EventType;
  readonly facts: Facts;
}

function enriched(event: EnrichedEvent['event']): EnrichedEvent {
  return {
    event,
    timeMs: Date.parse(event.time),
    inWindows: true,
    enrichment: { amount_usd: 250, 'client.subnet': '198.51.100.0/24' },
  };
}

async function once(evaluator: RuleEvaluator, rows: readonly Judged[]): Promise<number> {
  let hits = 0;
  for (const { type, facts } of rows) hits += (await evaluator.evaluate(type, facts)).hits.length;
  return hits;
}

/** Compiled evaluation is synchronous; awaiting each call would measure the event loop. */
function compiledRounds(evaluator: RuleEvaluator, rows: readonly Judged[]): { events: number; milliseconds: number } {
  const begun = performance.now();
  let events = 0;
  while (performance.now() - begun < MEASURE_MS) {
    for (const { type, facts } of rows) void evaluator.evaluate(type, facts);
    events += rows.length;
  }
  return { events, milliseconds: performance.now() - begun };
}

async function run(say: (line: string) => void): Promise<Figures> {
  const loaded = loadRuleBook(LIBRARY_DIRECTORY);
  if (!loaded.ok) throw new Error(loaded.refusal.message);
  const { rules, features } = loaded.value;
  const events = sampleEvents(EVENTS, WALLET_SOURCE, Date.now()).map(enriched);

  say(`rules: features of ${EVENTS} events`);
  const engine = createFeatureEngine(features);
  const featuresBegun = performance.now();
  const rows = events.map((event) => ({ type: event.event.type, facts: engine.advance(event) }));
  const featuresMs = performance.now() - featuresBegun;

  const ours = createRuleEvaluator(rules);
  const theirs = createJsonRulesEngineEvaluator(rules);
  const slowRows = rows.slice(0, SLOW_EVENTS);
  const agree = (await once(ours, slowRows)) === (await once(theirs, slowRows));
  if (!agree) throw new Error('the two evaluators do not agree on these events; a speed would mean nothing');

  say('rules: compiled');
  compiledRounds(ours, rows);
  const compiled = compiledRounds(ours, rows);
  say('rules: json-rules-engine');
  const begun = performance.now();
  await once(theirs, slowRows);
  const slowMs = performance.now() - begun;

  const compiledRate = (compiled.events * 1_000) / compiled.milliseconds;
  const slowRate = (slowRows.length * 1_000) / slowMs;
  return {
    rules: rules.filter((rule) => rule.status === 'live').length,
    compiled_events_per_s: rounded(compiledRate),
    json_rules_engine_events_per_s: rounded(slowRate),
    ratio: rounded(compiledRate / slowRate),
    features: features.length,
    features_events_per_s: perSecond(EVENTS, featuresMs),
  };
}

export const rulesBench: Bench = {
  name: 'rules',
  title: 'the shipped rules, compiled against json-rules-engine; the shipped features',
  run,
};
