import type { IncomingMessage } from 'node:http';
import { type Principal, refuse, type StaffRole, succeed } from '../../core/index.ts';
import type { AuthoriseLive } from '../../platform/channels/index.ts';
import { STAFF_RECIPIENT } from '../alert.ts';
import type { LiveTickets } from './tickets.ts';

/** Roles whose work is looking at verdicts. Treasury moves money and sees none of it. */
export const FEED_ROLES: readonly StaffRole[] = [
  'viewer',
  'analyst',
  'approver',
  'rule_author',
  'rule_reviewer',
  'auditor',
  'admin',
];

export function mayReadFeed(roles: readonly StaffRole[]): boolean {
  return roles.some((role) => FEED_ROLES.includes(role));
}

/** Who a live connection belongs to: by one-time ticket, or staff by the cookie of their session (from an allowed page only). */
export function createAuthoriseLive(deps: {
  readonly tickets: LiveTickets;
  readonly authenticateStaff: (request: IncomingMessage) => Promise<Principal | null>;
}): AuthoriseLive {
  return async ({ request, ticket, originPresent }) => {
    if (ticket !== null) {
      const viewer = await deps.tickets.consume(ticket);
      return viewer === null
        ? refuse('live_not_signed_in', 'the ticket was used, is too old or never was; ask for a new one')
        : succeed(viewer);
    }
    const principal = originPresent ? await deps.authenticateStaff(request) : null;
    if (principal === null) return refuse('live_not_signed_in', 'ask POST /v1/live/tickets for a ticket first');
    if (principal.kind !== 'staff' || !mayReadFeed(principal.roles)) {
      return refuse('live_role_not_allowed', 'your role does not include the live feed');
    }
    return succeed({ recipient: STAFF_RECIPIENT, principal: `staff:${principal.staffId}` });
  };
}
