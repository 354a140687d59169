import { type Clock, LIVE_STREAM, TOPICS } from '../../core/index.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';
import { type AppendMessage, derivedId, urgencyOf } from '../alert.ts';
import { ALERT_LIMITS } from '../limits.ts';
import { writeAlert } from '../planner/write-alert.ts';
import { type AttemptDeps, createAttempt } from './attempt.ts';
import { backoffMs, claimDeliveries, type ClaimedDelivery, finishDelivery, postponeDelivery } from './delivery-store.ts';
import { createLoop, type Loop } from './loop.ts';

export interface WorkerDeps extends AttemptDeps {
  readonly clock: Clock;
  readonly appendMessage: AppendMessage;
}

/** Sends what the planner wrote, at least once under a stable id, and says on `risk.actions` how it ended. */
export interface DeliveryWorker extends Loop {
  /** One pass: claims what is due and tries it; the number of deliveries tried. */
  tick(): Promise<number>;
}

/** What `risk.actions` says of a delivery that ended. */
function noteOf(delivery: ClaimedDelivery, result: 'delivered' | 'dead', channel: string, now: number) {
  const id = derivedId('alert-result', delivery.id, result);
  const body = {
    kind: 'alert',
    id,
    alert_id: delivery.alert_id,
    delivery_id: delivery.id,
    account_id: delivery.account_id,
    stream: LIVE_STREAM,
    audience: delivery.audience,
    severity: delivery.severity,
    template: delivery.template,
    channel,
    result,
    attempts: delivery.attempts,
    planned_at: delivery.created_at.toISOString(),
    at: new Date(now).toISOString(),
    event_id: delivery.event_id,
  };
  return { id, topic: TOPICS.actions, key: delivery.account_id, body };
}

export function createDeliveryWorker(deps: WorkerDeps): DeliveryWorker {
  const { sql, clock } = deps;
  const attempt = createAttempt(deps);

  async function note(transaction: SqlTransaction, delivery: ClaimedDelivery, result: 'delivered' | 'dead'): Promise<void> {
    const channel = deps.channels[delivery.channel].name;
    await deps.appendMessage(transaction, noteOf(delivery, result, channel, clock.now()));
  }

  /** The end of retries is a row that staff see; what was urgent also becomes an alert of its own. */
  async function bury(delivery: ClaimedDelivery, reason: string): Promise<void> {
    await sql.transaction(async (transaction) => {
      const ended = await finishDelivery(transaction, clock, delivery, { state: 'dead', receipt: null, error: reason });
      if (!ended) return;
      if (delivery.audience === 'owner' && urgencyOf(delivery.severity) >= urgencyOf('high')) {
        await writeAlert(transaction, clock, {
          sourceKey: `${delivery.id}|dead`,
          audience: 'staff',
          accountId: delivery.account_id,
          template: 'staff_delivery_failed',
          severity: delivery.severity,
          details: { alert: delivery.alert_id, about: delivery.template, channel: delivery.channel, reason },
          eventId: delivery.event_id,
          verdictId: null,
        });
      }
      await note(transaction, delivery, 'dead');
    });
  }

  async function run(delivery: ClaimedDelivery): Promise<void> {
    const result = await attempt(delivery);
    if (result.ok) {
      await sql.transaction(async (transaction) => {
        const end = { state: 'delivered', receipt: result.receipt, error: null } as const;
        if (await finishDelivery(transaction, clock, delivery, end)) await note(transaction, delivery, 'delivered');
      });
    } else if (result.error === 'permanent' || delivery.attempts >= ALERT_LIMITS.attemptsMax) {
      await bury(delivery, result.reason);
    } else {
      const spread = (deps.random.bytes(1)[0] ?? 0) / 255;
      await postponeDelivery(sql, delivery, new Date(clock.now() + backoffMs(delivery.attempts, spread)), result.reason);
    }
  }

  async function tick(): Promise<number> {
    const claimed = await claimDeliveries(sql, clock);
    const settled = await Promise.allSettled(claimed.map(run));
    // A result that could not be recorded leaves the lease to run out; the delivery comes again under its id.
    for (const each of settled) if (each.status === 'rejected') deps.onProblem(each.reason);
    return claimed.length;
  }

  return { tick, ...createLoop(tick, ALERT_LIMITS.pollMs, deps.onProblem) };
}
