import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { EVENT_PARTITIONS, LIMITS } from '../../../core/index.ts';
import type { SubscribeOptions, Subscription } from '../port.ts';
import { backOffMs } from '../record-limits.ts';
import { commitForGroup } from './kafka-cluster.ts';
import { toStoredRecord } from './kafka-reader.ts';
import { whileCoordinatorLoads } from './while-coordinator-loads.ts';

/** The longest a broker holds an empty fetch: no delay for records, since one byte ends it, but the longest that `stop` waits. */
const FETCH_WAIT_MS = 500;
/** How long a rebalance waits for members with a batch in hand. */
const REBALANCE_MS = 60_000;

export interface KafkaSubscriptionDeps {
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** A member that sends no heartbeat for this long has left. */
  readonly sessionMs: number;
  readonly toOutside: (error: unknown) => unknown;
}

/**
 * A group of Kafka that starts at the end and commits nothing starts at the *new* end after a restart, and never sees what came in
 * between. So the end is written down as its position before it joins for the first time.
 */
async function pinToEnd(kafka: Kafka, admin: Admin, group: string, topics: readonly string[]): Promise<void> {
  for (const topic of topics) {
    const [known] = await whileCoordinatorLoads(() => admin.fetchOffsets({ groupId: group, topics: [topic] }));
    if (known === undefined || known.partitions.some(({ offset }) => offset !== '-1')) continue;
    const ends = await admin.fetchTopicOffsets(topic);
    const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
    // A group with members was given its position by the first of them.
    await commitForGroup(kafka, group, [{ topic, partitions }]);
  }
}

interface BatchDeps {
  readonly options: SubscribeOptions;
  readonly heartbeatMs: number;
  readonly stopping: AbortSignal;
  readonly onError: (error: unknown) => void;
}

/** Handler, then commit, then on: a chunk that fails comes again after a pause, and the membership is kept alive meanwhile. */
function createBatchHandler({
  options,
  heartbeatMs,
  stopping,
  onError,
}: BatchDeps): (payload: EachBatchPayload) => Promise<void> {
  const batchMax = options.batchMax ?? LIMITS.consumerBatchMax;

  async function untilHandled(
    chunk: readonly KafkaMessage[],
    payload: EachBatchPayload,
    group: { readonly left: unknown },
  ): Promise<boolean> {
    const { topic, partition } = payload.batch;
    const records = chunk.map((message) => toStoredRecord(topic, partition, message));
    for (let failures = 1; ; failures += 1) {
      try {
        await options.onBatch(records);
        return true;
      } catch (error) {
        onError(error);
        await sleep(backOffMs(failures), undefined, { signal: stopping }).catch(() => {});
        if (stopping.aborted || !payload.isRunning() || payload.isStale()) return false;
        if (group.left !== null) throw group.left;
      }
    }
  }

  return async (payload) => {
    const { batch } = payload;
    const group: { left: unknown } = { left: null };
    const beat = setInterval(() => {
      payload.heartbeat().catch((error: unknown) => {
        group.left = error;
      });
    }, heartbeatMs);
    try {
      for (let at = 0; at < batch.messages.length; at += batchMax) {
        if (stopping.aborted || !payload.isRunning() || payload.isStale()) return;
        const chunk = batch.messages.slice(at, at + batchMax);
        const last = chunk.at(-1);
        if (last === undefined || !(await untilHandled(chunk, payload, group))) return;
        const offset = String(BigInt(last.offset) + 1n);
        await payload.commitOffsetsIfNecessary({
          topics: [{ topic: batch.topic, partitions: [{ partition: batch.partition, offset }] }],
        });
        payload.resolveOffset(last.offset);
        if (group.left !== null) throw group.left;
      }
    } finally {
      clearInterval(beat);
    }
  };
}

/** One member of a consumer group of Kafka. Resolves when it has joined. */
export async function startKafkaSubscription(
  { kafka, admin, sessionMs, toOutside }: KafkaSubscriptionDeps,
  options: SubscribeOptions,
): Promise<Subscription> {
  const stopping = new AbortController();
  const heartbeatMs = Math.max(200, sessionMs / 10);
  const onError = (error: unknown): void => options.onError?.(toOutside(error));
  if (options.from === 'latest') await pinToEnd(kafka, admin, options.group, options.topics);
  const consumer = kafka.consumer({
    groupId: options.group,
    sessionTimeout: sessionMs,
    heartbeatInterval: heartbeatMs,
    rebalanceTimeout: REBALANCE_MS,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    allowAutoTopicCreation: false,
    retry: {
      // kafkajs gives a consumer up for good after an error that it thinks final; an event stream that stands still is worse.
      restartOnFailure(error) {
        onError(error);
        return Promise.resolve(!stopping.signal.aborted);
      },
    },
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: options.from === 'earliest' });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: EVENT_PARTITIONS,
      eachBatch: createBatchHandler({ options, heartbeatMs, stopping: stopping.signal, onError }),
    });
  } catch (error) {
    await consumer.disconnect().catch(() => {});
    throw error;
  }
  return {
    async stop() {
      stopping.abort();
      await consumer.disconnect();
    },
  };
}
