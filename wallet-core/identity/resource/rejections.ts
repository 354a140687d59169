import type { EventId } from '../../../core/index.ts';
import type { eventClient, IdentityContext } from '../context.ts';

export interface Rejection {
  readonly reason: 'replayed' | 'expired' | 'bad_signature' | 'csrf' | 'rate_limited';
  readonly door: string;
  readonly detail: string;
  readonly client: ReturnType<typeof eventClient>;
  /** The account, once a token proved it; without one the subject is a keyed hash of the address. */
  readonly accountId: string | null;
}

/** Appends `wallet.request.rejected`, bounded per subject: who sends garbage cannot fill the outbox with it. */
export async function recordRejection(context: IdentityContext, rejection: Rejection): Promise<EventId | null> {
  const { accountId, ...data } = rejection;
  const subject = accountId ?? context.keyedHash('ip', rejection.client.ip);
  return context.sql.transaction(async (transaction) => {
    if (!(await context.throttle.take(transaction, 'rejectedEvents', subject))) return null;
    return context.outbox.append(transaction, { type: 'wallet.request.rejected', subject, data });
  });
}
