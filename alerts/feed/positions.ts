import type { SqlTransaction } from '../../platform/sql/port.ts';
import { STAFF_RECIPIENT } from '../alert.ts';
import { ALERT_LIMITS } from '../limits.ts';

/** PostgreSQL channel that tells every process whose feed has news. */
export const FEED_CHANNEL = 'alerts_feed';

/** Locks the recipient's feed until commit and gives its newest position. */
export async function lockFeed(transaction: SqlTransaction, recipient: string): Promise<bigint> {
  const [head] = await transaction.query<{ last: bigint }>(
    `insert into alerts.feed_head (recipient, last) values ($1, 0)
     on conflict (recipient) do update set last = feed_head.last returning last`,
    [recipient],
  );
  if (head === undefined) throw new Error('the head of a feed was not returned');
  return head.last;
}

/**
 * Moves the head of a locked feed and removes what is too far behind it, always from the old end, so that what is left has no
 * holes. Listeners hear of it when the transaction commits.
 */
export async function moveFeed(transaction: SqlTransaction, recipient: string, last: bigint): Promise<void> {
  await transaction.query('update alerts.feed_head set last = $2 where recipient = $1', [recipient, last]);
  const staff = recipient === STAFF_RECIPIENT;
  const oldest = last - BigInt(staff ? ALERT_LIMITS.staffFeedMax : ALERT_LIMITS.inAppPerAccountMax);
  await transaction.query('delete from alerts.in_app where recipient = $1 and position <= $2', [recipient, oldest]);
  if (staff) await transaction.query('delete from alerts.verdict_feed where position <= $1', [oldest]);
  await transaction.query('select pg_notify($1, $2)', [FEED_CHANNEL, recipient]);
}
