import type { AdapterDescription } from '../adapter.ts';

export interface LogRecord {
  /** Records of one key stay in order: they land in one partition. */
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface StoredRecord extends LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** When the log took it, Unix milliseconds. */
  readonly timestampMs: number;
}

export interface SubscribeOptions {
  readonly topics: readonly string[];
  /** Consumers of one group share the partitions; each group sees every record. */
  readonly group: string;
  /** Where a group without a committed offset begins. */
  readonly from: 'earliest' | 'latest';
  readonly batchMax?: number;
  /**
   * Records of one partition, in order. The offset is committed after the promise resolves; when it rejects, the same records
   * come again after a back-off: delivery is at least once, so the handler is idempotent.
   */
  onBatch(records: readonly StoredRecord[]): Promise<void>;
  /** Told once for each failed batch, for logs and metrics. */
  onError?(error: unknown): void;
}

export interface Subscription {
  /** Finishes the batch in hand, commits, leaves the group. */
  stop(): Promise<void>;
}

export interface PartitionEnds {
  readonly partition: number;
  /** Offset of the oldest record kept. */
  readonly begin: bigint;
  /** Offset the next record will get. */
  readonly end: bigint;
}

/** A durable, partitioned, replayable log: Apache Kafka, or a table in PostgreSQL. */
export interface EventLog {
  readonly description: AdapterDescription;
  /** Makes what is missing; leaves what exists as it is. */
  ensureTopics(topics: readonly { readonly name: string; readonly partitions: number }[]): Promise<void>;
  /** Resolves once every record is durable (Kafka: acks from all in-sync replicas). Throws OutsideError; retrying may duplicate. */
  produce(topic: string, records: readonly LogRecord[]): Promise<void>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** Up to `limit` records from `offset` on; fewer, or none, at the end of the partition. Belongs to no group. */
  read(topic: string, partition: number, offset: bigint, limit: number): Promise<StoredRecord[]>;
  ends(topic: string): Promise<PartitionEnds[]>;
  /** Committed offset of a group by partition (the next record it will get); partitions it never committed are missing. */
  committed(topic: string, group: string): Promise<ReadonlyMap<number, bigint>>;
  close(): Promise<void>;
}
