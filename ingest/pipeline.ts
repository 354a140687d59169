import {
  type Clock,
  type FeatureEngine,
  type FreezeBudget,
  type Policy,
  type RuleEvaluator,
  type Scorer,
  type StatementSigner,
  type Verdict,
  type VerdictBody,
} from '../core/index.ts';
import type { LogRecord, StoredRecord } from '../platform/event-log/port.ts';
import type { Enricher } from './enrich/index.ts';
import { deadLetterRecord, originOf } from './engine/dead-letters.ts';
import type { EngineMetrics } from './engine/metrics.ts';
import { andThen } from './engine/step.ts';
import { createStreams, type StreamState } from './engine/streams.ts';
import {
  createDecodeStep,
  createDropDuplicatesStep,
  createEnrichStep,
  createFeaturesStep,
  createRememberedEnrichStep,
  streamLabel,
} from './engine/steps-arrive.ts';
import {
  createIssueStep,
  createJudgeStep,
  createModelsStep,
  createSignStep,
  frozenBy,
  type Unsigned,
} from './engine/steps-decide.ts';
import { type ChainLink, verdictId } from './engine/verdict-body.ts';
import { verdictRecord } from './engine/verdict-record.ts';

export interface PipelineDeps {
  readonly clock: Clock;
  /** Makes the windows of one stream. */
  readonly features: () => FeatureEngine;
  /** Makes the freeze counts of one stream. */
  readonly budget: () => FreezeBudget;
  readonly scorer: Scorer;
  readonly rules: RuleEvaluator;
  readonly policy: Policy;
  readonly enricher: Enricher;
  readonly signer: StatementSigner;
  readonly metrics: EngineMetrics;
  onError(error: unknown): void;
}

/** A signed verdict, and the record that carries it. */
export interface Issued {
  readonly verdict: Verdict;
  readonly record: LogRecord;
}

interface Judged {
  readonly deadLetters: readonly LogRecord[];
  /** In order. Resolves when all are signed, which need not be awaited before the next batch is judged. */
  readonly verdicts: Promise<readonly Issued[]>;
}

export interface Pipeline {
  /** Judges records in the order given. Their state is taken in before the promise resolves; nothing is written. */
  judge(records: readonly StoredRecord[], judgedAtMs: number): Promise<Judged>;
  /** Takes in an event that was judged before, in arrival order. False where the record is not the one the verdict is of. */
  replay(record: StoredRecord, body: VerdictBody): boolean;
  /** Counts a judged event whose record the log no longer holds. */
  skip(body: VerdictBody): void;
  /** The last verdict of a stream, or null. */
  last(stream: string): ChainLink | null;
}

/** After a replayed event the stream stands where its verdict left it. */
function follow(stream: StreamState, body: VerdictBody): void {
  stream.arrivals = Number(body.receipt.arrival);
  stream.previous = { body, digest: null };
  stream.budget.note(Date.parse(body.event_time), frozenBy(body.reasons));
}

/**
 * The road of an event through the engine:
 *
 * decode → drop duplicates → enrich → features → models (the batch at once) → rules → policy → sign.
 *
 * The first half runs synchronously and in arrival order, so that no event sees another half-way.
 */
export function createPipeline(deps: PipelineDeps): Pipeline {
  const streams = createStreams(deps);

  const features = createFeaturesStep(deps);
  const known = andThen(createDecodeStep(deps.clock, streams), createDropDuplicatesStep());
  const arrive = andThen(andThen(known, createEnrichStep(deps.enricher)), features);
  /** What was let in once is not asked the time again. */
  const decodeAgain = createDecodeStep(null, streams);
  const score = createModelsStep(deps);
  const judge = createJudgeStep(deps);
  const issue = createIssueStep(deps);
  const sign = createSignStep(deps);

  async function signed(unsigned: readonly Unsigned[]): Promise<Issued[]> {
    return (await sign(unsigned)).map((verdict) => ({ verdict, record: verdictRecord(verdict) }));
  }

  function deadLetterOf(record: StoredRecord, outcome: Extract<ReturnType<typeof arrive>, { kind: 'deadLetter' }>, atMs: number) {
    deps.metrics.deadLettered(outcome.cause.reason);
    return deadLetterRecord(originOf(record), outcome.cause, atMs);
  }

  return {
    async judge(records, judgedAtMs) {
      const deadLetters: LogRecord[] = [];
      const arrived = [];
      for (const record of records) {
        const outcome = arrive(record);
        if (outcome.kind === 'deadLetter') deadLetters.push(deadLetterOf(record, outcome, judgedAtMs));
        else if (outcome.kind === 'drop') deps.metrics.duplicate(streamLabel(record));
        else arrived.push(outcome.value);
      }
      const unsigned: Unsigned[] = [];
      for (const scored of await score(arrived)) unsigned.push(issue(await judge(scored), judgedAtMs));
      return { deadLetters, verdicts: signed(unsigned) };
    },

    replay(record, body) {
      const decoded = decodeAgain(record);
      if (decoded.kind !== 'pass' || verdictId(decoded.value.event.source, decoded.value.event.id, 1) !== body.id) return false;
      const outcome = andThen(createRememberedEnrichStep(body), features)(decoded.value);
      if (outcome.kind !== 'pass') return false;
      follow(outcome.value.stream, body);
      return true;
    },

    skip(body) {
      const stream = streams.get(body.stream);
      if (stream !== null) follow(stream, body);
    },

    last(stream) {
      return streams.get(stream)?.previous ?? null;
    },
  };
}
