import type {
  Decision,
  Facts,
  ModelScore,
  Policy,
  RuleEvaluator,
  RuleResult,
  ScoreBatch,
  Scorer,
  StatementSigner,
  Verdict,
  VerdictReason,
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
  readonly result: RuleResult;
  readonly decision: Decision;
}

/** The facts with each model's score as `model.<name>`. */
export function withScores(facts: Facts, models: readonly ModelScore[]): Facts {
  if (models.length === 0) return facts;
  return { ...facts, ...Object.fromEntries(models.map(({ model, score }) => [`model.${model}`, score])) };
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
      return { ...each, facts: withScores(each.facts, models), models, degraded: !batch.ok };
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
    const scored = { ...arrived, facts: { ...arrived.facts, ...budget.facts(arrived.timeMs) } };
    try {
      const pending = deps.rules.evaluate(type, scored.facts);
      const result = pending instanceof Promise ? await pending : pending;
      budget.note(arrived.timeMs, frozenBy(result.hits.map((hit) => hit.reason)));
      const decision = deps.policy.decide({ type, result, models: scored.models, degraded: scored.degraded });
      return { kind: 'pass', value: { ...scored, result, decision } };
    } catch (error) {
      deps.onError(error);
      return { kind: 'hold', value: { ...scored, ...CANNOT_DECIDE }, cause: 'evaluation_failed' };
    }
  };
}

export interface IssueDeps {
  readonly rules: RuleEvaluator;
  readonly scorer: Scorer;
  readonly enricher: Enricher;
  readonly signer: StatementSigner;
  readonly metrics: EngineMetrics;
}

/** Writes the verdict, links it to the one before in its stream, and signs it. */
export function createIssueStep(deps: IssueDeps & { policy: Policy }) {
  return function issueStep({ value }: { readonly value: Decided }, judgedAtMs: number): Verdict {
    const { stream, record } = value;
    const body = verdictBody({
      ...value,
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
    stream.previous = body;
    deps.metrics.judged(body);
    return deps.signer.sign(body);
  };
}
