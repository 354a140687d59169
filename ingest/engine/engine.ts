import { EVENT_PARTITIONS, LIMITS, OutsideError, TOPICS, type Verdict } from '../../core/index.ts';
import type { EventLog, StoredRecord, Subscription } from '../../platform/event-log/port.ts';
import { createPipeline, type Pipeline, type PipelineDeps } from '../pipeline.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { partitionKey, recordKey } from './place.ts';
import { recover, type Recovered } from './recover.ts';

export interface EngineDeps extends PipelineDeps {
  readonly log: EventLog;
  /** Consumer group; one engine process at a time works under it. Usually `engine`. */
  readonly group: string;
  /** Told of each verdict after it is durable, in order, in the same process: for those who wait inline. Must not throw. */
  onVerdict?(verdict: Verdict): void;
}

export type EngineReport = Pick<Recovered, 'judged' | 'missing' | 'completed'>;

export interface Engine {
  /** Makes missing topics, rebuilds the state from the log, then judges what comes. Resolves when it is judging. */
  start(): Promise<EngineReport>;
  /** Finishes the batch in hand, commits, and leaves the group. */
  stop(): Promise<void>;
}

/** The topics of the road, as the engine makes them. Imports have one partition: they arrive in the order of their file. */
export const ENGINE_TOPICS = [
  { name: TOPICS.events, partitions: EVENT_PARTITIONS },
  { name: TOPICS.imports, partitions: 1 },
  { name: TOPICS.verdicts, partitions: EVENT_PARTITIONS },
  { name: TOPICS.deadLetters, partitions: 1 },
] as const;

const SOURCES = [TOPICS.events, TOPICS.imports];

/**
 * Records judged and written as one: small enough that the first part of a batch is on its way to the disk while the next is judged,
 * large enough that waiting for the disk costs an event microseconds.
 */
const MICRO_BATCH = LIMITS.consumerBatchMax / 4;
/** One micro-batch is written, one waits for its turn, one is judged: more would only be memory. */
const UNSENT_MAX = 2;

/** Turns records into durable verdicts: one micro-batch is judged at a time, and one written, but both at once. */
function createWorker(deps: EngineDeps, pipeline: Pipeline, outbox: Outbox, { settled, dead }: Recovered) {
  let crashed: unknown = null;
  let judging: Promise<unknown> = Promise.resolve();

  function isOpen(record: StoredRecord): boolean {
    return record.offset > (settled.get(partitionKey(record)) ?? -1n) && !dead.has(recordKey(record));
  }

  function crash(error: unknown): void {
    crashed ??= error;
  }

  /** How many of them were still to judge. */
  async function judge(records: readonly StoredRecord[]): Promise<number> {
    if (crashed !== null) {
      throw new OutsideError('engine_stopped', 'the engine stopped on a bug; start it again', {
        retryable: false,
        cause: crashed,
      });
    }
    if (outbox.unsent >= UNSENT_MAX) await outbox.flush();
    const open = records.filter(isOpen);
    if (open.length === 0) return 0;
    try {
      const judged = await pipeline.judge(open, deps.clock.now());
      judged.verdicts.catch(crash);
      outbox.put(judged);
      for (const record of open) settled.set(partitionKey(record), record.offset);
      return open.length;
    } catch (error) {
      crash(error);
      throw error;
    }
  }

  /** The order of calls is the order of arrivals, whichever partitions they are of. */
  function inTurn(records: readonly StoredRecord[]): Promise<number> {
    const turn = judging.then(() => judge(records));
    judging = turn.catch(() => {});
    return turn;
  }

  return async function work(records: readonly StoredRecord[]): Promise<void> {
    const startedMs = performance.now();
    const writes: Promise<void>[] = [];
    let judged = 0;
    try {
      for (let from = 0; from < records.length; from += MICRO_BATCH) {
        judged += await inTurn(records.slice(from, from + MICRO_BATCH));
        const written = outbox.flush();
        // Looked at below, when the rest of the batch is judged.
        written.catch(() => {});
        writes.push(written);
      }
    } finally {
      await Promise.allSettled(writes);
    }
    await Promise.all(writes);
    if (judged > 0) deps.metrics.batch(judged, performance.now() - startedMs);
  };
}

/**
 * The engine: events in, signed verdicts out, each event judged once. Verdicts are durable before offsets are committed, and the
 * state is rebuilt from them at start, so a crash at any point loses nothing and judges nothing twice.
 */
export function createEngine(deps: EngineDeps): Engine {
  let subscription: Subscription | null = null;

  return {
    async start() {
      if (subscription !== null) throw new TypeError('the engine is running');
      await deps.log.ensureTopics(ENGINE_TOPICS);
      const pipeline = createPipeline(deps);
      const recovered = await recover({ ...deps, topics: SOURCES, pipeline, onError: (error) => deps.onError(error) });
      const outbox = createOutbox(deps.log, (verdict) => deps.onVerdict?.(verdict));
      const work = createWorker(deps, pipeline, outbox, recovered);
      subscription = await deps.log.subscribe({
        topics: SOURCES,
        group: deps.group,
        from: 'earliest',
        batchMax: LIMITS.consumerBatchMax,
        onBatch: work,
        onError: (error) => deps.onError(error),
      });
      const { judged, missing, completed } = recovered;
      return { judged, missing, completed };
    },

    async stop() {
      await subscription?.stop();
      subscription = null;
    },
  };
}
