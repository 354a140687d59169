import type { Clock } from '../core/index.ts';
import type { Sql } from '../platform/sql/port.ts';
import { ALERT_LIMITS } from './limits.ts';

/** Keeps the room's tables bounded: alerts by age, tickets by their end. Feeds trim themselves as they grow. */
export async function pruneAlerts(sql: Sql, clock: Clock): Promise<void> {
  const now = clock.now();
  await sql.query('delete from alerts.live_ticket where expires_at <= $1', [new Date(now)]);
  const old = new Date(now - ALERT_LIMITS.keepMs);
  for (;;) {
    const removed = await sql.query(
      'delete from alerts.alert where id in (select id from alerts.alert where created_at < $1 order by created_at limit $2) returning 1',
      [old, ALERT_LIMITS.pruneMax],
    );
    if (removed.length < ALERT_LIMITS.pruneMax) return;
  }
}
