import type { Sql } from '../../sql/index.ts';
import { balanceLeases, type Lease, type Member, releaseLease, renewLeases } from './leases.ts';
import type { PartitionWorker } from './partition-worker.ts';
import type { Topic } from './topics.ts';

export interface AssignmentDeps {
  readonly sql: Sql;
  readonly member: Member;
  readonly topics: readonly Topic[];
  readonly startWorker: (lease: Lease, onLost: () => void) => PartitionWorker;
  readonly onError: (error: unknown) => void;
  /** Partitions came free for other members. */
  readonly onReleased: () => void;
}

interface Held {
  readonly worker: PartitionWorker;
  /** Finishes its batch, and is given to another member then; its lease is kept until that moment. */
  leaving: boolean;
}

export interface Assignment {
  /** Renews the leases and takes or gives partitions until the share is fair. Never rejects. */
  balance(): Promise<void>;
  wake(topic: number, partition: number): void;
  wakeAll(): void;
  /** Finishes every batch in hand, commits, and gives every partition back. */
  releaseAll(): Promise<void>;
}

function keyOf({ topic, partition }: Lease): string {
  return `${topic.id}/${partition}`;
}

/** Which partitions this member reads, and a worker for each. */
export function createAssignment({ sql, member, topics, startWorker, onError, onReleased }: AssignmentDeps): Assignment {
  const all = new Map<string, Held>();
  let closed = false;
  let balancing: Promise<void> | null = null;
  let again = false;

  function drop(held: Held): void {
    const key = keyOf(held.worker.lease);
    if (all.get(key) === held) all.delete(key);
  }

  function start(lease: Lease): void {
    const held: Held = { leaving: false, worker: startWorker(lease, () => drop(held)) };
    all.set(keyOf(lease), held);
  }

  async function giveUp(held: Held): Promise<void> {
    held.leaving = true;
    await held.worker.stop();
    drop(held);
    await releaseLease(sql, member, held.worker.lease);
  }

  async function giveUpSome(some: readonly Held[]): Promise<void> {
    try {
      await Promise.all(some.map(giveUp));
      onReleased();
    } catch (error) {
      onError(error);
    }
  }

  async function balanceTopic(topic: Topic): Promise<void> {
    const mine = [...all.values()].filter(({ worker }) => worker.lease.topic.id === topic.id);
    if (closed) return renewLeases(sql, member, topic);
    const leases = mine.map(({ worker }) => worker.lease);
    const { won, kept, surplus } = await balanceLeases(sql, member, topic, leases, mine.filter((held) => held.leaving).length);
    const lost = mine.filter(({ worker }) => !kept.has(worker.lease.partition));
    for (const held of lost) {
      drop(held);
      void held.worker.stop();
    }
    for (const lease of won) {
      if (closed) await releaseLease(sql, member, lease);
      else start(lease);
    }
    const extra = mine.filter((held) => !lost.includes(held) && !held.leaving).slice(0, surplus);
    // Not awaited: a long batch in one partition must not keep the leases of the others from being renewed.
    if (extra.length > 0) void giveUpSome(extra);
  }

  async function balanceAll(): Promise<void> {
    do {
      again = false;
      for (const topic of topics) await balanceTopic(topic).catch(onError);
    } while (again);
    balancing = null;
  }

  function balance(): Promise<void> {
    again = true;
    balancing ??= balanceAll();
    return balancing;
  }

  return {
    balance,
    wake: (topic, partition) => all.get(`${topic}/${partition}`)?.worker.wake(),
    wakeAll() {
      for (const { worker } of all.values()) worker.wake();
    },
    async releaseAll() {
      closed = true;
      await balancing;
      await Promise.all([...all.values()].map(giveUp));
    },
  };
}
