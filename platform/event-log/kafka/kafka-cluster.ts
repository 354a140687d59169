import type { Kafka, KafkaMessage } from 'kafkajs';
import { kafkaType } from './kafka-errors.ts';

export interface PartitionData {
  readonly partition: number;
  readonly highWatermark: string;
  readonly messages: readonly (KafkaMessage & { readonly isControlRecord?: boolean })[];
}

export interface OffsetsByPartition {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

interface FetchedPartition {
  readonly partition: number;
  readonly fetchOffset: string;
  readonly maxBytes: number;
}

export interface Broker {
  fetch(request: {
    readonly maxWaitTime: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly isolationLevel: number;
    readonly topics: readonly { readonly topic: string; readonly partitions: readonly FetchedPartition[] }[];
  }): Promise<{ readonly responses: readonly { readonly partitions: readonly PartitionData[] }[] }>;
  offsetCommit(request: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
    readonly retentionTime: number;
    readonly topics: readonly OffsetsByPartition[];
  }): Promise<unknown>;
}

/** What we use of kafkajs' own connection to a cluster. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number; readonly leader: number }[];
  findBroker(node: { readonly nodeId: string }): Promise<Broker>;
  findGroupCoordinator(group: { readonly groupId: string }): Promise<Broker>;
}

/**
 * kafkajs fetches, and sets the position of a group, only as a member of a group, which costs seconds and shows up among the
 * operator's groups. Its cluster object does both with one request; kafkajs 2.2.4 keeps the factory under a symbol.
 */
export function createCluster(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === 'private:Kafka:createCluster');
  if (symbol === undefined) throw new Error('this kafkajs is not the 2.2.4 that its cluster object was looked up in');
  const { [symbol]: create } = kafka as unknown as Record<symbol, (options: object) => Cluster>;
  if (create === undefined) throw new Error('this kafkajs has no cluster factory');
  return create({ metadataMaxAge: 300_000, allowAutoTopicCreation: false });
}

/** The broker's answers when a group has members, who alone may move its position then. */
const HAS_MEMBERS: ReadonlySet<string | null> = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS']);

/** Sets the position of a group without members, as `kafka-consumer-groups --reset-offsets` does. False: it has members. */
export async function commitForGroup(kafka: Kafka, groupId: string, topics: readonly OffsetsByPartition[]): Promise<boolean> {
  const cluster = createCluster(kafka);
  try {
    await cluster.connect();
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    await coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: '', retentionTime: -1, topics });
    return true;
  } catch (error) {
    if (HAS_MEMBERS.has(kafkaType(error))) return false;
    throw error;
  } finally {
    await cluster.disconnect();
  }
}
