import { createHash } from 'node:crypto';
import { type Clock, type Random, Redacted, refuse, type Result, succeed } from '../../core/index.ts';
import type { LiveViewer } from '../../platform/channels/index.ts';
import type { Sql } from '../../platform/sql/port.ts';
import { ALERT_LIMITS } from '../limits.ts';

const TICKET_BYTES = 32;
const TICKET = /^[A-Za-z0-9_-]{43}$/;

export interface LiveTicket {
  readonly ticket: Redacted<string>;
  readonly expiresAt: Date;
}

/** One-time tickets for opening the live socket, since browsers cannot send an access token with a WebSocket. */
export interface LiveTickets {
  issue(viewer: LiveViewer): Promise<Result<LiveTicket, 'too_many_tickets'>>;
  /** Takes the ticket out of the world and says whose it was; null when it was used, too old or never there. */
  consume(ticket: string): Promise<LiveViewer | null>;
  /** Withdraws what the principal has not used yet; without one, everybody's tickets. */
  withdraw(principal?: string): Promise<void>;
}

function hashOf(ticket: string): Buffer {
  return createHash('sha256').update(ticket).digest();
}

export function createLiveTickets(deps: { readonly sql: Sql; readonly clock: Clock; readonly random: Random }): LiveTickets {
  return {
    async issue(viewer) {
      const now = deps.clock.now();
      const ticket = Buffer.from(deps.random.bytes(TICKET_BYTES)).toString('base64url');
      const expiresAt = new Date(now + ALERT_LIMITS.ticketMs);
      const issued = await deps.sql.transaction(async (transaction) => {
        await transaction.query('delete from alerts.live_ticket where principal = $1 and expires_at <= $2', [
          viewer.principal,
          new Date(now),
        ]);
        return transaction.query(
          `insert into alerts.live_ticket (ticket_hash, recipient, principal, expires_at)
           select $1, $2, $3, $4 where (select count(*) from alerts.live_ticket where principal = $3) < $5 returning 1`,
          [hashOf(ticket), viewer.recipient, viewer.principal, expiresAt, ALERT_LIMITS.ticketsPerPrincipalMax],
        );
      });
      if (issued.length === 0) return refuse('too_many_tickets', 'use the tickets you have, or wait half a minute');
      return succeed({ ticket: new Redacted(ticket), expiresAt });
    },
    async consume(ticket) {
      if (!TICKET.test(ticket)) return null;
      const [row] = await deps.sql.query<{ recipient: string; principal: string; expires_at: Date }>(
        'delete from alerts.live_ticket where ticket_hash = $1 returning recipient, principal, expires_at',
        [hashOf(ticket)],
      );
      if (row === undefined || row.expires_at.getTime() <= deps.clock.now()) return null;
      return { recipient: row.recipient, principal: row.principal };
    },
    async withdraw(principal) {
      await deps.sql.query('delete from alerts.live_ticket where $1::text is null or principal = $1', [principal ?? null]);
    },
  };
}
