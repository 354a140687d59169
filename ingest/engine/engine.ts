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

/** Turns records into durable verdicts, one micro-batch after the other. */
function createWorker(deps: EngineDeps, pipeline: Pipeline, outbox: Outbox, { settled, dead }: Recovered) {
  let crashed: unknown = null;

  function isOpen(record: StoredRecord): boolean {
    return record.offset > (settled.get(partitionKey(record)) ?? -1n) && !dead.has(recordKey(record));
  }

  async function publish(): Promise<void> {
    for (const verdict of await outbox.flush()) deps.onVerdict?.(verdict);
  }

  async function judge(records: readonly StoredRecord[]): Promise<void> {
    try {
      outbox.put(await pipeline.judge(records, deps.clock.now()));
      for (const record of records) settled.set(partitionKey(record), record.offset);
    } catch (error) {
      crashed = error;
      throw error;
    }
  }

  return async function work(records: readonly StoredRecord[]): Promise<void> {
    if (crashed !== null) {
      throw new OutsideError('engine_stopped', 'the engine stopped on a bug; start it again', {
        retryable: false,
        cause: crashed,
      });
    }
    const startedMs = performance.now();
    await publish();
    const open = records.filter(isOpen);
    for (let from = 0; from < open.length; from += LIMITS.consumerBatchMax) {
      await judge(open.slice(from, from + LIMITS.consumerBatchMax));
      await publish();
    }
    if (open.length > 0) deps.metrics.batch(open.length, performance.now() - startedMs);
  };
}

/**
 * The engine: events in, signed verdicts out, each event judged once. Verdicts are durable before offsets are committed, and the
 * state is rebuilt from them at start, so a crash at any point loses nothing and judges nothing twice.
 */
export function createEngine(deps: EngineDeps): Engine {
  let subscription: Subscription | null = null;
  let tail: Promise<void> = Promise.resolve();

  return {
    async start() {
      if (subscription !== null) throw new TypeError('the engine is running');
      await deps.log.ensureTopics(ENGINE_TOPICS);
      const pipeline = createPipeline(deps);
      const recovered = await recover({ ...deps, topics: SOURCES, pipeline, onError: (error) => deps.onError(error) });
      const work = createWorker(deps, pipeline, createOutbox(deps.log), recovered);
      subscription = await deps.log.subscribe({
        topics: SOURCES,
        group: deps.group,
        from: 'earliest',
        batchMax: LIMITS.consumerBatchMax,
        // Partitions may be handed over at the same time; their order here is the order of arrivals.
        onBatch(records) {
          const run = tail.then(() => work(records));
          tail = run.catch(() => {});
          return run;
        },
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
