import type { Clock } from '../../core/index.ts';
import type { ChannelMessage, InAppInbox, LiveFeed, LiveMessage } from '../../platform/channels/index.ts';
import type { Sql, SqlExecutor } from '../../platform/sql/port.ts';
import { STAFF_RECIPIENT } from '../alert.ts';
import { lockFeed, moveFeed } from './positions.ts';

export interface InboxRow extends Record<string, unknown> {
  readonly position: bigint;
  readonly alert_id: string | null;
  readonly body: Readonly<Record<string, unknown>>;
  readonly created_at: Date;
  readonly seen_at: Date | null;
}

function bodyOf(message: ChannelMessage): string {
  const { severity, subject, text, payload } = message;
  return JSON.stringify({ severity, title: subject, body: text, ...payload });
}

/** The rows behind the in-app channel. Payloads may name their alert as `alert_id`. */
export function createInbox(deps: { readonly sql: Sql; readonly clock: Clock }): InAppInbox {
  return {
    save(message) {
      return deps.sql.transaction(async (transaction) => {
        const head = await lockFeed(transaction, message.recipient);
        const [known] = await transaction.query<{ position: bigint }>(
          'select position from alerts.in_app where delivery_id = $1',
          [message.deliveryId],
        );
        if (known !== undefined) return { position: known.position };
        const position = head + 1n;
        const alertId = typeof message.payload['alert_id'] === 'string' ? message.payload['alert_id'] : null;
        await transaction.query(
          `insert into alerts.in_app (recipient, position, delivery_id, alert_id, body, created_at)
           values ($1, $2, $3, $4, $5::json, $6)`,
          [message.recipient, position, message.deliveryId, alertId, bodyOf(message), new Date(deps.clock.now())],
        );
        await moveFeed(transaction, message.recipient, position);
        return { position };
      });
    },
  };
}

/** A recipient's in-app messages in order: after a position the next ones, without one the newest. */
export async function listInbox(
  executor: SqlExecutor,
  page: { readonly recipient: string; readonly after: bigint | null; readonly limit: number },
): Promise<InboxRow[]> {
  const rows = await executor.query<InboxRow>(
    `select position, alert_id::text, body, created_at, seen_at from alerts.in_app
      where recipient = $1 and position > $2 order by position ${page.after === null ? 'desc' : 'asc'} limit $3`,
    [page.recipient, page.after ?? 0n, page.limit],
  );
  return page.after === null ? rows.toReversed() : rows;
}

function toLive(row: InboxRow): LiveMessage {
  return { id: row.position, body: { kind: 'alert', at: row.created_at.toISOString(), ...row.body } };
}

/** What the live hub reads: an owner's messages, or for staff verdicts and alerts in one order. */
export function createLiveFeed(sql: SqlExecutor): LiveFeed {
  return {
    async head(recipient) {
      const [row] = await sql.query<{ last: bigint }>('select last from alerts.feed_head where recipient = $1', [recipient]);
      return row?.last ?? 0n;
    },
    async after(recipient, id, limit) {
      if (recipient !== STAFF_RECIPIENT) return (await listInbox(sql, { recipient, after: id, limit })).map(toLive);
      // One statement, so one snapshot: two would let a verdict slip between them.
      const rows = await sql.query<InboxRow & { kind: string }>(
        `(select position, 'alert' as kind, body, created_at from alerts.in_app
           where recipient = $1 and position > $2 order by position limit $3)
         union all
         (select position, 'verdict' as kind, slim as body, null as created_at from alerts.verdict_feed
           where position > $2 order by position limit $3)
         order by position limit $3`,
        [recipient, id, limit],
      );
      return rows.map((row) =>
        row.kind === 'alert' ? toLive(row) : { id: row.position, body: { kind: 'verdict', ...row.body } },
      );
    },
  };
}
