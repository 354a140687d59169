import { LIMITS, refuse, type Result, succeed } from '../../core/index.ts';
import type { StepUpProof } from '../../platform/signer/port.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';
import { changeState } from './change-state.ts';
import type { WithdrawalDeps } from './deps.ts';
import { permittedUntil } from './judge-verdict.ts';
import { type ClientData, lockWithdrawal, readWithdrawal, stepUpEventData, type Withdrawal } from './withdrawal-rows.ts';

export type StepUpRefusal =
  | 'withdrawal_unknown'
  | 'step_up_not_asked'
  | 'step_up_expired'
  | 'step_up_used_up'
  | 'account_restricted'
  | 'totp_wrong'
  | 'totp_reused'
  | 'totp_not_enrolled'
  | 'totp_too_new'
  | 'throttled';

/** Nothing was tried: neither guessed nor proven. */
const NO_TRY: ReadonlySet<string> = new Set(['throttled', 'totp_not_enrolled', 'totp_too_new']);

interface StepUpRow extends Record<string, unknown> {
  readonly id: string;
  readonly tries: number;
  readonly asked_at: Date;
  readonly expires_at: Date;
}

async function fail(
  deps: WithdrawalDeps,
  tx: SqlTransaction,
  withdrawal: Withdrawal,
  row: StepUpRow,
  client: ClientData,
): Promise<boolean> {
  const tries = row.tries + 1;
  const usedUp = tries >= deps.limits.stepUpTriesMax;
  await tx.query('update withdrawals.step_up set tries = $2, state = $3 where id = $1', [
    row.id,
    tries,
    usedUp ? 'failed' : 'open',
  ]);
  await deps.outbox.append(tx, {
    type: 'wallet.stepup.failed',
    subject: withdrawal.accountId,
    data: stepUpEventData(withdrawal, row.id, client),
  });
  if (usedUp) await changeState(deps, tx, withdrawal, { to: 'denied', reason: 'step_up_failed', actor: 'system' });
  return usedUp;
}

async function pass(
  deps: WithdrawalDeps,
  tx: SqlTransaction,
  withdrawal: Withdrawal,
  row: StepUpRow,
  client: ClientData,
): Promise<void> {
  // The proof stands where the verdict is: one more look at it, since a stricter one may have come.
  const verdict = await deps.verdicts.verdictOf(tx, withdrawal.eventId);
  if (verdict === null) throw new Error(`withdrawal ${withdrawal.id} waits for a step-up that no verdict asked for`);
  const now = deps.clock.now();
  const until = permittedUntil(verdict.body);
  const proof: StepUpProof = {
    kind: 'step_up_passed',
    stepup_id: row.id,
    account_id: withdrawal.accountId,
    withdrawal_id: withdrawal.id,
    payload_hash: withdrawal.payloadHash,
    method: 'totp',
    passed_at: new Date(now).toISOString(),
    expires_at: new Date(now + LIMITS.verdictAgeMs).toISOString(),
  };
  await tx.query(`update withdrawals.step_up set state = 'passed' where id = $1`, [row.id]);
  await deps.outbox.append(tx, {
    type: 'wallet.stepup.passed',
    subject: withdrawal.accountId,
    data: stepUpEventData(withdrawal, row.id, client),
  });
  await changeState(deps, tx, withdrawal, {
    to: 'approved',
    reason: null,
    actor: `owner:${withdrawal.accountId}`,
    expiresAt: until,
    stepUpProof: deps.stepUpSigner.sign(proof),
  });
}

async function inTransaction(
  deps: WithdrawalDeps,
  tx: SqlTransaction,
  by: { readonly accountId: string; readonly client: ClientData },
  id: string,
  code: string,
): Promise<Result<Withdrawal, StepUpRefusal>> {
  const withdrawal = await lockWithdrawal(tx, deps.restrictions, id);
  if (withdrawal === null || withdrawal.accountId !== by.accountId)
    return refuse('withdrawal_unknown', 'there is no such withdrawal');
  if (withdrawal.state !== 'awaiting_step_up') return refuse('step_up_not_asked', `the withdrawal is ${withdrawal.state}`);
  if ((await deps.restrictions.stateOf(tx, withdrawal.accountId)).outgoingBlocked) {
    return refuse('account_restricted', 'money cannot leave this account now: see the security centre');
  }
  const [row] = await tx.query<StepUpRow>(
    `select id, tries, asked_at, expires_at from withdrawals.step_up where withdrawal_id = $1 and state = 'open' for update`,
    [id],
  );
  if (row === undefined) return refuse('step_up_used_up', 'this confirmation was used: ask for a new withdrawal');
  if (row.expires_at.getTime() <= deps.clock.now())
    return refuse('step_up_expired', 'the time to confirm is over: ask for a new withdrawal');
  const checked = await deps.verifyTotp(tx, withdrawal.accountId, code, row.asked_at);
  if (!checked.ok) {
    if (NO_TRY.has(checked.refusal.code)) return checked;
    const usedUp = await fail(deps, tx, withdrawal, row, by.client);
    return usedUp ? refuse('step_up_used_up', 'too many wrong codes: the withdrawal was stopped') : checked;
  }
  await pass(deps, tx, withdrawal, row, by.client);
  const passed = await readWithdrawal(tx, id);
  if (passed === null) throw new Error('a locked withdrawal is not there');
  return succeed(passed);
}

/**
 * The owner proves a second factor for exactly this withdrawal (attack T18). One transaction burns the code's time step, claims
 * the step-up and approves: two at once, one passes. A wrong code is counted even though it is refused, so this always commits.
 */
export function proveStepUp(
  deps: WithdrawalDeps,
  by: { readonly accountId: string; readonly client: ClientData },
  id: string,
  code: string,
): Promise<Result<Withdrawal, StepUpRefusal>> {
  return deps.sql.transaction((tx) => inTransaction(deps, tx, by, id, code));
}
