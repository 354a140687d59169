import { type Admin, Kafka, logLevel, type SASLOptions } from 'kafkajs';
import type { ConnectionOptions } from 'node:tls';
import { OutsideError, SECOND_MS } from '../../../core/index.ts';
import { createCoalescer } from '../coalescer.ts';
import type { EventLog, PartitionEnds, Subscription } from '../port.ts';
import { assertRecords } from '../record-limits.ts';
import { kafkaType, toOutsideError } from './kafka-errors.ts';
import { createKafkaProducer } from './kafka-producer.ts';
import { createKafkaReader } from './kafka-reader.ts';
import { whileCoordinatorLoads } from './while-coordinator-loads.ts';
import { startKafkaSubscription } from './kafka-subscription.ts';
import { fixRequestQueue } from './request-queue-fix.ts';

export interface KafkaEventLogOptions {
  /** `host:port` each; the first that answers tells of the others. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: boolean | ConnectionOptions;
  readonly sasl?: SASLOptions;
  /** A consumer without a sign of life for this long loses its partitions to the others of its group. */
  readonly sessionMs?: number;
  /** Tries after the first of each request, with growing pauses; eight take about 16 s: longer than the election of a leader, shorter than a caller's patience. */
  readonly retryCountMax?: number;
  /** Warnings and errors that kafkajs logs. */
  readonly onLog?: (line: string) => void;
  readonly why?: string;
}

/** Calls that share one send: as many as fit into what a broker takes in one message set. */
const SEND = { rowsMax: 2_000, bytesMax: 900 * 1024 } as const;

function createClient({ brokers, clientId, ssl, sasl, retryCountMax = 8, onLog }: KafkaEventLogOptions): Kafka {
  fixRequestQueue();
  return new Kafka({
    brokers: [...brokers],
    clientId,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: 5 * SECOND_MS,
    requestTimeout: 30 * SECOND_MS,
    retry: { initialRetryTime: 100, retries: retryCountMax, maxRetryTime: 5 * SECOND_MS },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => onLog?.(`${entry.namespace}: ${entry.log.message}`),
  });
}

async function ensureTopics(
  admin: Admin,
  topics: readonly { readonly name: string; readonly partitions: number }[],
): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !existing.has(name));
  if (missing.length === 0) return;
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map(({ name, partitions }) => ({ topic: name, numPartitions: partitions })),
    });
  } catch (error) {
    if (kafkaType(error) !== 'TOPIC_ALREADY_EXISTS') throw error;
  }
}

/** Told apart before the call, because kafkajs takes a missing topic for one that is being made, and tries for many seconds. */
function createTopicCheck(admin: Admin): (topics: readonly string[]) => Promise<void> {
  let known: ReadonlySet<string> = new Set();
  return async (topics) => {
    if (topics.every((topic) => known.has(topic))) return;
    known = new Set(await admin.listTopics());
    const missing = topics.find((topic) => !known.has(topic));
    if (missing !== undefined)
      throw new OutsideError('topic_missing', `Kafka has no topic ${missing}: make it with ensureTopics`, { retryable: false });
  };
}

async function fetchEnds(admin: Admin, topic: string): Promise<PartitionEnds[]> {
  const offsets = await admin.fetchTopicOffsets(topic);
  const ends = offsets.map(({ partition, low, high }) => ({ partition, begin: BigInt(low), end: BigInt(high) }));
  return ends.toSorted((a, b) => a.partition - b.partition);
}

async function fetchCommitted(admin: Admin, topic: string, group: string): Promise<ReadonlyMap<number, bigint>> {
  const [answer] = await whileCoordinatorLoads(() => admin.fetchOffsets({ groupId: group, topics: [topic] }));
  const known = (answer?.partitions ?? []).filter(({ offset }) => offset !== '-1');
  return new Map(known.map(({ partition, offset }) => [partition, BigInt(offset)]));
}

/** Apache Kafka by kafkajs. Connects once to check. Throws OutsideError: `kafka_unreachable`, `kafka_auth_failed`, `kafka_tls_refused`, … */
export async function openKafkaEventLog(options: KafkaEventLogOptions): Promise<EventLog> {
  const { brokers, sessionMs = 30 * SECOND_MS, why = 'KAFKA_BROKERS is set' } = options;
  const kafka = createClient(options);
  const admin = kafka.admin();
  const producer = createKafkaProducer(kafka);
  const calls = createCoalescer({ ...SEND, write: (topic, records) => producer.send(topic, records) });
  const reader = createKafkaReader(kafka);
  const subscriptions = new Set<Subscription>();
  const assertTopics = createTopicCheck(admin);
  const toOutside = (error: unknown): unknown => toOutsideError(error, brokers);

  async function outside<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      throw toOutside(error);
    }
  }

  await outside(() => admin.connect());
  return {
    description: {
      port: 'event-log',
      adapter: `Apache Kafka at ${brokers.join(', ')}`,
      durable: true,
      developmentOnly: false,
      why,
    },
    ensureTopics: (topics) => outside(() => ensureTopics(admin, topics)),
    async produce(topic, records) {
      assertRecords(topic, records);
      await outside(async () => {
        await assertTopics([topic]);
        await calls.append(topic, records);
      });
    },
    subscribe: (subscribeOptions) =>
      outside(async () => {
        await assertTopics(subscribeOptions.topics);
        const running = await startKafkaSubscription({ kafka, admin, sessionMs, toOutside }, subscribeOptions);
        const subscription: Subscription = {
          async stop() {
            if (subscriptions.delete(subscription)) await running.stop();
          },
        };
        subscriptions.add(subscription);
        return subscription;
      }),
    read: (topic, partition, offset, limit) =>
      outside(async () => {
        await assertTopics([topic]);
        const ends = (await fetchEnds(admin, topic)).find((entry) => entry.partition === partition);
        if (ends === undefined || offset >= ends.end || limit <= 0) return [];
        return reader.read(topic, partition, offset < ends.begin ? ends.begin : offset, limit);
      }),
    ends: (topic) =>
      outside(async () => {
        await assertTopics([topic]);
        return fetchEnds(admin, topic);
      }),
    committed: (topic, group) => outside(() => fetchCommitted(admin, topic, group)),
    async close() {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
      await calls.idle();
      await Promise.all([producer.close(), reader.close(), admin.disconnect()]);
    },
  };
}
