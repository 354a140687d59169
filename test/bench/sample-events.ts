import { createHash } from 'node:crypto';
import { type BulwarkEvent, type EventId, HOUR_MS, LIVE_STREAM, uuidFromDigest } from '../../core/index.ts';

/** Figures of one run depend on the same events, so they are made from their index alone. */
function pseudo(index: number, salt: string, range: number): number {
  return createHash('sha256').update(`${salt}:${index}`).digest().readUInt32BE(0) % range;
}

function payloadHash(index: number): string {
  return createHash('sha256').update(`payload ${index}`).digest('hex');
}

/** Customers among whom events are drawn: enough that windows stay short, few enough that they fill. */
const CUSTOMERS = 2_000;
/** Events spread over this much event time. */
const SPREAD_MS = 6 * HOUR_MS;

function clientOf(customer: number, index: number) {
  return {
    ip: `198.51.${customer % 100}.${(customer * 7) % 250}`,
    user_agent: 'bench',
    device_id: `device-${customer}${pseudo(index, 'device', 20) === 0 ? '-new' : ''}`,
    session_id: `session-${customer}`,
  };
}

/** A mix of logins (half), withdrawals (a third) and refreshes, in event-time order, ending now. */
export function sampleEvents(count: number, source: string, nowMs: number): BulwarkEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const customer = pseudo(index, 'customer', CUSTOMERS);
    const envelope = {
      specversion: '1.0' as const,
      id: uuidFromDigest<EventId>(createHash('sha256').update(`${source}:${nowMs}:${index}`).digest()),
      source,
      time: new Date(nowMs - SPREAD_MS + Math.floor((index * SPREAD_MS) / count)).toISOString(),
      subject: `customer-${customer}`,
      stream: LIVE_STREAM,
    };
    const client = clientOf(customer, index);
    const kind = pseudo(index, 'kind', 6);
    if (kind < 3) {
      const result = pseudo(index, 'result', 10) === 0 ? ('bad_password' as const) : ('password_ok' as const);
      const identifier = createHash('sha256').update(envelope.subject).digest('hex');
      return {
        ...envelope,
        type: 'wallet.login.attempted' as const,
        data: { identifier_hash: identifier, result, factor: 'password' as const, client },
      };
    }
    if (kind < 5) {
      const data = {
        withdrawal_id: envelope.id,
        asset: 'eip155:31337/slip44:60',
        amount: `${1 + pseudo(index, 'amount', 900)}000000000000000`,
        payee: `0x${createHash('sha256')
          .update(`payee ${customer} ${pseudo(index, 'payee', 3)}`)
          .digest('hex')
          .slice(0, 40)}`,
        payload_hash: payloadHash(index),
        payee_is_new: pseudo(index, 'new', 5) === 0,
        client,
      };
      return { ...envelope, type: 'wallet.withdrawal.requested' as const, data };
    }
    return {
      ...envelope,
      type: 'wallet.session.refreshed' as const,
      data: { session_id: client.session_id, grant_id: `grant-${customer}`, client },
    };
  });
}
