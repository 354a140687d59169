import { type Clock, LIMITS, TOPICS } from '../../core/index.ts';
import type { Analytics } from '../../platform/analytics/index.ts';
import type { EventLog, Subscription } from '../../platform/event-log/index.ts';
import { createRowCollector, type LandingStatus } from './row-collector.ts';

export interface LandingOptions {
  readonly analytics: Analytics;
  readonly log: EventLog;
  readonly clock: Clock;
  /** Topics that carry events: `wallet.events` and `imports` unless said otherwise. They must exist. */
  readonly eventTopics?: readonly string[];
  /** Told once for each failed insert and each failure of the log. Nothing is lost by them: the log brings the records again. */
  readonly onError: (error: unknown) => void;
}

export interface Landing {
  start(): Promise<void>;
  /** Inserts what is in hand, commits it, leaves the group. */
  stop(): Promise<void>;
  status(): LandingStatus;
}

export const LANDING_GROUP = 'landing';

/**
 * Carries the log into ClickHouse. Batches of all partitions share inserts; each resolves, and so is committed, only after its
 * rows are in. Delivery is at least once: an insert that is tried again has the same token, and rows that come again after a
 * crash have the same key.
 */
export function createLanding({
  analytics,
  log,
  clock,
  eventTopics = [TOPICS.events, TOPICS.imports],
  onError,
}: LandingOptions): Landing {
  const report = once(onError);
  const collector = createRowCollector(analytics, clock, report);
  let subscription: Subscription | undefined;
  return {
    async start() {
      if (subscription !== undefined) throw new TypeError('the landing has started already');
      subscription = await log.subscribe({
        topics: [...eventTopics, TOPICS.verdicts, TOPICS.actions, TOPICS.labels, TOPICS.deadLetters],
        group: LANDING_GROUP,
        from: 'earliest',
        batchMax: LIMITS.consumerBatchMax,
        onBatch: (records) => collector.take(records),
        onError: report,
      });
    },
    async stop() {
      collector.hurry();
      await subscription?.stop();
    },
    status: () => collector.status(),
  };
}

/** One failed insert rejects the batches of several partitions, and is told once. */
function once(onError: (error: unknown) => void): (error: unknown) => void {
  const reported = new WeakSet();
  return (error) => {
    if (typeof error === 'object' && error !== null) {
      if (reported.has(error)) return;
      reported.add(error);
    }
    onError(error);
  };
}
