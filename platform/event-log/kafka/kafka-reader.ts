import type { Kafka, KafkaMessage } from 'kafkajs';
import { OutsideError } from '../../../core/index.ts';
import type { StoredRecord } from '../port.ts';
import { type Cluster, createCluster, type PartitionData } from './kafka-cluster.ts';

/** Bytes asked for in one fetch: kafkajs' own consumers ask for as much a partition. */
const FETCH_BYTES_MAX = 1024 * 1024;
/** Leaders move; after this many looks at the metadata it is an outage. */
const TRIES_MAX = 5;

export interface KafkaReader {
  read(topic: string, partition: number, offset: bigint, limit: number): Promise<StoredRecord[]>;
  close(): Promise<void>;
}

function headersOf(message: KafkaMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(Array.isArray(value) ? value[0] : value)]),
  );
}

/** A message of the broker as a record of the port. */
export function toStoredRecord(topic: string, partition: number, message: KafkaMessage): StoredRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key?.toString() ?? '',
    value: message.value?.toString() ?? '',
    headers: headersOf(message),
  };
}

/** Reads any part of any partition without being in a group. */
export function createKafkaReader(kafka: Kafka): KafkaReader {
  let connected: Promise<Cluster> | null = null;

  async function connect(): Promise<Cluster> {
    const cluster = createCluster(kafka);
    await cluster.connect();
    return cluster;
  }

  async function fetchOnce(topic: string, partition: number, offset: bigint): Promise<PartitionData> {
    connected ??= connect();
    const cluster = await connected;
    await cluster.addTargetTopic(topic);
    const leader = cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)?.leader;
    if (leader === undefined)
      throw new OutsideError('partition_missing', `${topic} has no partition ${partition}`, { retryable: false });
    const broker = await cluster.findBroker({ nodeId: String(leader) });
    const { responses } = await broker.fetch({
      maxWaitTime: 100,
      minBytes: 1,
      maxBytes: FETCH_BYTES_MAX,
      isolationLevel: 1,
      topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes: FETCH_BYTES_MAX }] }],
    });
    const data = responses[0]?.partitions[0];
    if (data === undefined) throw new Error('the broker answered a fetch without the partition asked for');
    return data;
  }

  async function disconnect(): Promise<void> {
    const last = connected;
    connected = null;
    const cluster = await last?.catch(() => null);
    await cluster?.disconnect().catch(() => {});
  }

  async function fetchWithRetry(topic: string, partition: number, offset: bigint): Promise<PartitionData> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await fetchOnce(topic, partition, offset);
      } catch (error) {
        if (tries === TRIES_MAX || error instanceof OutsideError) throw error;
        // A connection or a leader of before: begin again from the brokers' list.
        await disconnect();
      }
    }
  }

  return {
    async read(topic, partition, offset, limit) {
      const records: StoredRecord[] = [];
      for (let next = offset; records.length < limit;) {
        const { messages, highWatermark } = await fetchWithRetry(topic, partition, next);
        // The broker answers with whole batches, which may begin before the offset asked for.
        const fresh = messages.filter((message) => BigInt(message.offset) >= next);
        for (const message of fresh)
          if (message.isControlRecord !== true) records.push(toStoredRecord(topic, partition, message));
        const last = fresh.at(-1);
        if (last === undefined) break;
        next = BigInt(last.offset) + 1n;
        if (next >= BigInt(highWatermark)) break;
      }
      return records.slice(0, limit);
    },
    close: disconnect,
  };
}
