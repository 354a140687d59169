import type { Clock, Level } from '../../core/index.ts';
import type { SqlExecutor, SqlTransaction } from '../../platform/sql/port.ts';
import type { AlertDetails, TemplateName } from '../alert.ts';
import { ALERT_LIMITS } from '../limits.ts';
import type { DeliveryRoute } from '../planner/write-alert.ts';

/** A delivery this worker holds until its lease ends, with the alert it tells. */
export interface ClaimedDelivery extends Record<string, unknown> {
  readonly id: string;
  readonly alert_id: string;
  readonly recipient: string;
  readonly channel: DeliveryRoute;
  readonly step: number;
  /** Counts this try; also the fence: only the newest claim may record a result. */
  readonly attempts: number;
  readonly audience: 'owner' | 'staff';
  readonly account_id: string;
  readonly template: TemplateName;
  readonly severity: Level;
  readonly details: AlertDetails;
  readonly event_id: string | null;
  readonly occurrences: number;
  readonly created_at: Date;
  /** Null when the alert asks nothing or the answer's time is over. */
  readonly answer_until: Date | null;
}

/** Takes what is due, and what a worker that died left behind; the most urgent first. */
export async function claimDeliveries(executor: SqlExecutor, clock: Clock): Promise<ClaimedDelivery[]> {
  const now = clock.now();
  return executor.query<ClaimedDelivery>(
    `with claimed as (
       update alerts.delivery set state = 'sending', attempts = attempts + 1, lease_until = $2
        where id in (select id from alerts.delivery
                      where due_at <= $1 and (state = 'pending' or (state = 'sending' and lease_until <= $1))
                      order by urgency desc, due_at limit $3 for update skip locked)
       returning id, alert_id, recipient, channel, step, attempts, urgency, due_at)
     select c.id::text, c.alert_id::text, c.recipient, c.channel, c.step, c.attempts, a.audience, a.account_id, a.template,
            a.severity, a.details, a.event_id, a.occurrences, a.created_at, q.expires_at as answer_until
       from claimed c join alerts.alert a on a.id = c.alert_id
       left join alerts.question q on q.alert_id = a.id and q.expires_at > $1 and q.no_at is null
      order by c.urgency desc, c.due_at`,
    [new Date(now), new Date(now + ALERT_LIMITS.leaseMs), ALERT_LIMITS.claimMax],
  );
}

/** Records the end of a delivery; false when another worker took it over in the meantime. */
export async function finishDelivery(
  transaction: SqlTransaction,
  clock: Clock,
  delivery: ClaimedDelivery,
  end: { readonly state: 'delivered' | 'dead'; readonly receipt: string | null; readonly error: string | null },
): Promise<boolean> {
  const rows = await transaction.query(
    `update alerts.delivery set state = $3, receipt = $4, last_error = coalesce($5, last_error), finished_at = $6, lease_until = null
      where id = $1 and attempts = $2 and state = 'sending' returning 1`,
    [delivery.id, delivery.attempts, end.state, end.receipt, end.error, new Date(clock.now())],
  );
  return rows.length === 1;
}

/** Puts a delivery back for another try at `dueAt`. */
export async function postponeDelivery(
  executor: SqlExecutor,
  delivery: ClaimedDelivery,
  dueAt: Date,
  error: string,
): Promise<void> {
  await executor.query(
    `update alerts.delivery set state = 'pending', due_at = $3, last_error = $4, lease_until = null
      where id = $1 and attempts = $2 and state = 'sending'`,
    [delivery.id, delivery.attempts, dueAt, error],
  );
}

/** Milliseconds until the try after the n-th: doubling, capped, and spread by a quarter so that failures do not come back together. */
export function backoffMs(attempts: number, spread: number): number {
  const full = Math.min(ALERT_LIMITS.backoffFirstMs * 2 ** Math.max(0, attempts - 1), ALERT_LIMITS.backoffMaxMs);
  return Math.round(full * (0.75 + 0.25 * spread));
}
