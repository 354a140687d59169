import type { Customer } from '../people/customer.ts';
import type { World } from '../world/world.ts';
import type { HurtCustomer } from './report.ts';

/** What a withdrawal of an honest customer must not be at the end; nothing in the demo releases a hold. */
const HARM: Readonly<Record<string, string>> = {
  held: 'money is held',
  denied: 'a payment was refused',
  expired: 'a payment ran out of time',
  failed: 'a payment failed',
};

/** Honest customers who were frozen, refused, or whose money was kept back. */
export async function findHurt(world: World, customers: readonly Customer[]): Promise<HurtCustomer[]> {
  const ids = customers.map(({ accountId }) => accountId);
  const rows = await world.app.sql.query<{ account_id: string; state: string; id: string }>(
    'select account_id, state, id from withdrawals.withdrawal where account_id = any($1) and state = any($2)',
    [ids, Object.keys(HARM)],
  );
  const hurt: HurtCustomer[] = rows.map(({ account_id, state, id }) => ({
    account_id,
    how: `${HARM[state] ?? state} (withdrawal ${id})`,
  }));
  for (const { accountId, refusedLogins } of customers) {
    const state = await world.app.wallet.restrictions.stateOf(world.app.sql, accountId);
    const causes = state.causes.map(({ reason }) => reason).join('; ');
    if (state.frozen || state.outgoingBlocked) hurt.push({ account_id: accountId, how: `the account is frozen (${causes})` });
    if (refusedLogins > 0) hurt.push({ account_id: accountId, how: `${refusedLogins} right logins were refused` });
  }
  return hurt;
}
