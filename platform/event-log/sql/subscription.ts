import { LIMITS } from '../../../core/index.ts';
import type { Sql } from '../../sql/index.ts';
import type { SubscribeOptions, Subscription } from '../port.ts';
import { createAssignment } from './assignment.ts';
import { enterGroup, leaveGroup, type Member } from './leases.ts';
import { startPartitionWorker } from './partition-worker.ts';
import type { Topic } from './topics.ts';
import type { Wakeups } from './wakeups.ts';

export interface SubscriptionDeps {
  readonly sql: Sql;
  readonly wakeups: Wakeups;
  readonly topics: readonly Topic[];
  /** UUID of this member of the group. */
  readonly id: string;
  readonly leaseMs: number;
  readonly pollMs: number;
}

/** One member of a group: reads its share of the partitions, a worker each. */
export async function startSubscription(deps: SubscriptionDeps, options: SubscribeOptions): Promise<Subscription> {
  const { sql, wakeups, topics, id, leaseMs, pollMs } = deps;
  const { group, from, batchMax = LIMITS.consumerBatchMax } = options;
  const member: Member = { group, id, leaseMs };
  const onError = (error: unknown): void => options.onError?.(error);
  const tellGroup = (): Promise<void> => wakeups.groupChanged(group).catch(onError);

  for (const topic of topics) await enterGroup(sql, group, topic, from);
  const assignment = createAssignment({
    sql,
    member,
    topics,
    onError,
    onReleased: () => void tellGroup(),
    startWorker: (lease, onLost) =>
      startPartitionWorker({ sql, member, lease, batchMax, onBatch: (records) => options.onBatch(records), onError, onLost }),
  });
  const forget = wakeups.add({
    onAppend(topic, partitions) {
      if (partitions === null) assignment.wakeAll();
      else for (const partition of partitions) assignment.wake(topic, partition);
    },
    onGroupChange: (changed) => void (changed === group && assignment.balance()),
  });
  await assignment.balance();
  await tellGroup();
  // Three chances to renew before a lease ends.
  const renewal = setInterval(() => void assignment.balance(), leaseMs / 3);
  const poll = setInterval(() => assignment.wakeAll(), pollMs);

  return {
    async stop() {
      clearInterval(poll);
      forget();
      try {
        await assignment.releaseAll();
        for (const topic of topics) await leaveGroup(sql, member, topic);
      } finally {
        clearInterval(renewal);
      }
      await tellGroup();
    },
  };
}
