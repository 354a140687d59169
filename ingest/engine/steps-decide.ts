import { hash } from 'node:crypto';
import {
  canonicalJson,
  type Decision,
  type Facts,
  type FactValue,
  type ModelScore,
  type Policy,
  type RuleEvaluator,
  type RuleResult,
  type ScoreBatch,
  type Scorer,
  type StatementSigner,
  type Verdict,
  type VerdictBody,
  type VerdictReason,
} from '../../core/index.ts';
import type { Enricher } from '../enrich/index.ts';
import type { EngineMetrics } from './metrics.ts';
import type { StepOutcome } from './step.ts';
import type { Arrived } from './steps-arrive.ts';
import { verdictBody } from './verdict-body.ts';

export interface Scored extends Arrived {
  readonly models: readonly ModelScore[];
  readonly degraded: boolean;
}

export interface Decided extends Scored {
  /** What rules saw. */
  readonly vector: Record<string, FactValue>;
  readonly result: RuleResult;
  readonly decision: Decision;
}

/** The whole feature vector: what the windows saw, each model's score as `model.<name>`, and the freeze counts. */
export function vectorOf(seen: Facts, models: readonly ModelScore[], freezes: Facts): Record<string, FactValue> {
  const facts = { ...seen };
  for (const { model, score } of models) facts[`model.${model}`] = score;
  return Object.assign(facts, freezes);
}

/** One call for the whole batch. No answer, or an answer of another length, means rules alone, and the verdicts say so. */
export function createModelsStep(deps: { scorer: Scorer; metrics: EngineMetrics; onError(error: unknown): void }) {
  async function ask(arrived: readonly Arrived[]): Promise<ScoreBatch> {
    try {
      const batch = await deps.scorer.score(arrived.map(({ event, facts }) => ({ type: event.type, facts })));
      if (batch.ok && batch.scores.length !== arrived.length) return { ok: false, reason: 'wrong_length' };
      return batch;
    } catch (error) {
      deps.onError(error);
      return { ok: false, reason: 'scorer_threw' };
    }
  }

  return async function modelsStep(arrived: readonly Arrived[]): Promise<Scored[]> {
    if (arrived.length === 0) return [];
    const batch = await ask(arrived);
    if (!batch.ok) deps.metrics.degraded(batch.reason);
    return arrived.map((each, index) => {
      const models = batch.ok ? (batch.scores[index] ?? []) : [];
      return { ...each, models, degraded: !batch.ok };
    });
  };
}

const CANNOT_DECIDE: Pick<Decided, 'result' | 'decision'> = {
  result: { hits: [], undecided: { 'engine.rules': ['evaluation_failed'] }, shadow: [] },
  decision: { outcome: 'hold', score: 0, actions: [], level: 'high' },
};

/** Rules that froze: past its budget a rule says hold, and is not counted. */
export function frozenBy(reasons: readonly VerdictReason[]): string[] {
  return reasons.filter((reason) => reason.outcome === 'freeze').map((reason) => reason.rule);
}

/** Rules, then policy. Where they fail on an event its verdict is *hold*: neither lost, nor let through, nor in the way of others. */
export function createJudgeStep(deps: { rules: RuleEvaluator; policy: Policy; onError(error: unknown): void }) {
  return async function judgeStep(arrived: Scored): Promise<StepOutcome<Decided> & { kind: 'pass' | 'hold' }> {
    const { type } = arrived.event;
    const { budget } = arrived.stream;
    const vector = vectorOf(arrived.facts, arrived.models, budget.facts(arrived.timeMs));
    try {
      const pending = deps.rules.evaluate(type, vector);
      const result = pending instanceof Promise ? await pending : pending;
      budget.note(arrived.timeMs, frozenBy(result.hits.map((hit) => hit.reason)));
      const decision = deps.policy.decide({ type, result, models: arrived.models, degraded: arrived.degraded });
      return { kind: 'pass', value: { ...arrived, vector, result, decision } };
    } catch (error) {
      deps.onError(error);
      return { kind: 'hold', value: { ...arrived, vector, ...CANNOT_DECIDE }, cause: 'evaluation_failed' };
    }
  };
}

export interface IssueDeps {
  readonly rules: RuleEvaluator;
  readonly scorer: Scorer;
  readonly enricher: Enricher;
  readonly metrics: EngineMetrics;
}

export interface Unsigned {
  readonly body: VerdictBody;
  /** The canonical JSON of `body`: link and signature are over the same bytes, spelt out once. */
  readonly canonical: string;
}

/** Writes the verdict and links it to the one before in its stream. */
export function createIssueStep(deps: IssueDeps & { policy: Policy }) {
  return function issueStep({ value }: { readonly value: Decided }, judgedAtMs: number): Unsigned {
    const { stream, record } = value;
    const body = verdictBody({
      ...value,
      facts: value.vector,
      judgedAtMs,
      place: record,
      revisions: {
        rules: `${deps.rules.revision}+${deps.policy.revision}`,
        models: deps.scorer.revision,
        lists: deps.enricher.revision,
        features: stream.features.revision,
      },
      previous: stream.previous,
    });
    const canonical = canonicalJson(body);
    stream.previous = { body, digest: hash('sha256', canonical) };
    deps.metrics.judged(body);
    return { body, canonical };
  };
}

/** Hands the whole batch to the threads that sign at once: a thread woken for each verdict would stop this one as often. */
export function createSignStep({ signer }: { signer: StatementSigner }) {
  return function signStep(verdicts: readonly Unsigned[]): Promise<Verdict[]> {
    return Promise.all(verdicts.map(({ body, canonical }) => signer.signCanonical(body, canonical)));
  };
}
