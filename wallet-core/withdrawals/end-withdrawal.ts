import { refuse, type Result, succeed } from '../../core/index.ts';
import { changeState, type StateChange } from './change-state.ts';
import type { WithdrawalDeps } from './deps.ts';
import { isOpen } from './states.ts';
import { lockWithdrawal, readWithdrawal, selectWithdrawals, type Withdrawal } from './withdrawal-rows.ts';

/** Withdrawals ended by one look at the clock. */
const EXPIRE_BATCH = 100;

export type EndRefusal = 'withdrawal_unknown' | 'withdrawal_under_way' | 'withdrawal_over';

async function end(
  deps: WithdrawalDeps,
  id: string,
  accountId: string | null,
  change: StateChange,
  also?: (tx: Parameters<typeof changeState>[1], withdrawal: Withdrawal) => Promise<void>,
): Promise<Result<Withdrawal, EndRefusal>> {
  return deps.sql.transaction(async (tx) => {
    const withdrawal = await lockWithdrawal(tx, deps.restrictions, id);
    if (withdrawal === null || (accountId !== null && withdrawal.accountId !== accountId)) {
      return refuse('withdrawal_unknown', 'there is no such withdrawal');
    }
    // Asked twice, it is answered twice alike.
    if (withdrawal.state === change.to) return succeed(withdrawal);
    if (!isOpen(withdrawal.state)) {
      const over = withdrawal.nonce === null || withdrawal.state === 'confirmed' || withdrawal.state === 'failed';
      return over
        ? refuse('withdrawal_over', `the withdrawal is already ${withdrawal.state}`)
        : refuse('withdrawal_under_way', 'the payment is on its way to the chain and cannot be stopped any more');
    }
    await changeState(deps, tx, withdrawal, change);
    await also?.(tx, withdrawal);
    const ended = await readWithdrawal(tx, id);
    if (ended === null) throw new Error('a locked withdrawal is not there');
    return succeed(ended);
  });
}

/** The owner takes it back while that is possible. */
export function cancelWithdrawal(deps: WithdrawalDeps, id: string, accountId: string): Promise<Result<Withdrawal, EndRefusal>> {
  return end(deps, id, accountId, { to: 'cancelled', reason: 'cancelled_by_owner', actor: `owner:${accountId}` });
}

/** Staff refuse it. Only refusing: no member of staff can let money out alone. */
export function denyWithdrawal(
  deps: WithdrawalDeps,
  id: string,
  by: { readonly staffId: string; readonly reason: string },
): Promise<Result<Withdrawal, EndRefusal>> {
  const change = { to: 'denied', reason: 'denied_by_staff', actor: `staff:${by.staffId}` } as const;
  return end(deps, id, null, change, async (tx, withdrawal) => {
    const data = { staff_id: by.staffId, act: 'withdrawal_denied', target: withdrawal.id, reason: by.reason };
    await deps.outbox.append(tx, { type: 'wallet.staff.acted', subject: withdrawal.accountId, data });
  });
}

/** Ends every withdrawal whose time is over, each in its own transaction; gives how many. */
export async function expireWithdrawals(deps: WithdrawalDeps): Promise<number> {
  const due = await selectWithdrawals(deps.sql, 'where expires_at <= $1 order by expires_at limit $2', [
    new Date(deps.clock.now()),
    EXPIRE_BATCH,
  ]);
  let ended = 0;
  for (const { id } of due) {
    const done = await deps.sql.transaction(async (tx) => {
      const withdrawal = await lockWithdrawal(tx, deps.restrictions, id);
      // What was due a moment ago may have been signed, cancelled or judged before the lock came.
      const still = withdrawal?.expiresAt !== null && withdrawal !== null && withdrawal.expiresAt.getTime() <= deps.clock.now();
      if (!still || !isOpen(withdrawal.state)) return false;
      const reason = withdrawal.state === 'approved' ? 'approval_expired' : `expired_${withdrawal.state}`;
      await changeState(deps, tx, withdrawal, { to: 'expired', reason, actor: 'system' });
      return true;
    });
    if (done) ended += 1;
  }
  return ended;
}

/** No verdict came in time: the withdrawal is held, and says so. A verdict may still come. */
export async function holdWithoutVerdict(deps: WithdrawalDeps, id: string): Promise<Withdrawal | null> {
  return deps.sql.transaction(async (tx) => {
    const withdrawal = await lockWithdrawal(tx, deps.restrictions, id);
    if (withdrawal?.state !== 'requested') return withdrawal;
    await changeState(deps, tx, withdrawal, { to: 'held', reason: 'no_verdict', holdCause: 'no_verdict', actor: 'system' });
    return readWithdrawal(tx, id);
  });
}
