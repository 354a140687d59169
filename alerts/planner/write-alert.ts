import type { Clock } from '../../core/index.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';
import { ASKING, derivedId, ownerRecipient, type PlannedAlert, STAFF_RECIPIENT, urgencyOf } from '../alert.ts';
import { ALERT_LIMITS } from '../limits.ts';

export type DeliveryRoute = 'in_app' | 'mail';

/** Screens get everything, the mailbox what deserves an interruption, staff their screens. */
export function routesOf(alert: Pick<PlannedAlert, 'audience' | 'severity'>): readonly DeliveryRoute[] {
  if (alert.audience === 'staff') return ['in_app'];
  return urgencyOf(alert.severity) >= urgencyOf('medium') ? ['in_app', 'mail'] : ['in_app'];
}

async function addDeliveries(
  transaction: SqlTransaction,
  alertId: string,
  alert: PlannedAlert,
  step: number,
  dueAt: Date,
): Promise<void> {
  const recipient = alert.audience === 'staff' ? STAFF_RECIPIENT : ownerRecipient(alert.accountId);
  for (const route of routesOf(alert)) {
    await transaction.query(
      `insert into alerts.delivery (id, alert_id, recipient, channel, step, urgency, due_at)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
      [derivedId('delivery', alertId, recipient, route, step), alertId, recipient, route, step, urgencyOf(alert.severity), dueAt],
    );
  }
}

async function join(transaction: SqlTransaction, alert: PlannedAlert, now: Date): Promise<string | null> {
  const [found] = await transaction.query<{ id: string; group_closes_at: Date }>(
    `update alerts.alert set occurrences = occurrences + 1
      where id = (select id from alerts.alert
                   where account_id = $1 and audience = $2 and template = $3 and severity = $4 and group_closes_at > $5
                   order by created_at desc limit 1)
      returning id::text, group_closes_at`,
    [alert.accountId, alert.audience, alert.template, alert.severity, now],
  );
  if (found === undefined) return null;
  // Whatever joins is told once more, with the count, when the group closes: nothing hides behind an earlier alert.
  await addDeliveries(transaction, found.id, alert, 2, found.group_closes_at);
  return found.id;
}

async function create(transaction: SqlTransaction, alert: PlannedAlert, now: Date): Promise<string> {
  const id = derivedId('alert', alert.sourceKey);
  await transaction.query(
    `insert into alerts.alert (id, audience, account_id, template, severity, details, event_id, verdict_id, created_at, group_closes_at)
     values ($1, $2, $3, $4, $5, $6::json, $7, $8, $9, $10)`,
    [
      id,
      alert.audience,
      alert.accountId,
      alert.template,
      alert.severity,
      JSON.stringify(alert.details),
      alert.eventId,
      alert.verdictId,
      now,
      new Date(now.getTime() + ALERT_LIMITS.groupMs),
    ],
  );
  if (alert.audience === 'owner' && ASKING.has(alert.template)) {
    await transaction.query('insert into alerts.question (alert_id, account_id, event_id, expires_at) values ($1, $2, $3, $4)', [
      id,
      alert.accountId,
      alert.eventId,
      new Date(now.getTime() + ALERT_LIMITS.answerMs),
    ]);
  }
  await addDeliveries(transaction, id, alert, 1, now);
  return id;
}

/**
 * Records an alert with its deliveries in the caller's transaction. The same source twice changes nothing; the same template and
 * severity for the same account within the group's time joins the open row. Takes an advisory lock a group: callers with several
 * alerts write them in the order of `groupOrder`.
 */
export async function writeAlert(
  transaction: SqlTransaction,
  clock: Clock,
  alert: PlannedAlert,
): Promise<'created' | 'joined' | 'repeated'> {
  const now = new Date(clock.now());
  await transaction.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`alerts:${groupOf(alert)}`]);
  const [known] = await transaction.query('select 1 from alerts.alert_source where key = $1', [alert.sourceKey]);
  if (known !== undefined) return 'repeated';
  const joined = await join(transaction, alert, now);
  const alertId = joined ?? (await create(transaction, alert, now));
  await transaction.query('insert into alerts.alert_source (key, alert_id) values ($1, $2)', [alert.sourceKey, alertId]);
  return joined === null ? 'created' : 'joined';
}

function groupOf(alert: PlannedAlert): string {
  return `${alert.accountId}|${alert.audience}|${alert.template}|${alert.severity}`;
}

/** One order for all writers, so that two batches never wait for each other in a circle. */
export function groupOrder(left: PlannedAlert, right: PlannedAlert): number {
  const [first, second] = [groupOf(left), groupOf(right)];
  if (first === second) return 0;
  return first < second ? -1 : 1;
}
