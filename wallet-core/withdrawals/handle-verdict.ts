import { uuidV7, type Verdict } from '../../core/index.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';
import type { VerdictHandler } from '../verdicts/index.ts';
import { changeState } from './change-state.ts';
import type { WithdrawalDeps } from './deps.ts';
import { judgeVerdict, type Judgement } from './judge-verdict.ts';
import { lockWithdrawal, selectWithdrawals, stepUpEventData, type Withdrawal } from './withdrawal-rows.ts';

async function openStepUp(deps: WithdrawalDeps, tx: SqlTransaction, withdrawal: Withdrawal, until: Date): Promise<void> {
  const [opened] = await tx.query<{ id: string }>(
    `insert into withdrawals.step_up (id, withdrawal_id, state, tries, expires_at, asked_at) values ($1, $2, 'open', 0, $3, $4)
     on conflict (withdrawal_id) do update set expires_at = excluded.expires_at where step_up.state = 'open' returning id`,
    [uuidV7(deps.clock, deps.random), withdrawal.id, until, new Date(deps.clock.now())],
  );
  if (opened === undefined) throw new Error(`the step-up of withdrawal ${withdrawal.id} is used up, and another was asked for`);
  await deps.outbox.append(tx, {
    type: 'wallet.stepup.requested',
    subject: withdrawal.accountId,
    data: stepUpEventData(withdrawal, opened.id, withdrawal.client),
  });
}

async function carryOut(
  deps: WithdrawalDeps,
  tx: SqlTransaction,
  withdrawal: Withdrawal,
  verdict: Verdict,
  judgement: Judgement,
): Promise<void> {
  const { outcome, revision } = verdict.body;
  const common = { actor: 'system', outcome, verdictRevision: revision };
  switch (judgement.kind) {
    case 'ignore':
      return;
    case 'stay':
      await tx.query('update withdrawals.withdrawal set outcome = $2, verdict_revision = $3 where id = $1', [
        withdrawal.id,
        outcome,
        revision,
      ]);
      return;
    case 'deny':
      await changeState(deps, tx, withdrawal, { ...common, to: 'denied', reason: 'denied_by_check' });
      return;
    case 'hold': {
      const expiresAt = new Date(deps.clock.now() + deps.limits.holdExpiryMs);
      const reason = judgement.cause === 'no_verdict' ? 'no_verdict' : 'held_by_check';
      await changeState(deps, tx, withdrawal, { ...common, to: 'held', reason, holdCause: judgement.cause, expiresAt });
      return;
    }
    case 'challenge':
      await changeState(deps, tx, withdrawal, {
        ...common,
        to: 'awaiting_step_up',
        reason: 'step_up_needed',
        expiresAt: judgement.until,
      });
      await openStepUp(deps, tx, withdrawal, judgement.until);
      return;
    case 'approve':
      await changeState(deps, tx, withdrawal, { ...common, to: 'approved', reason: null, expiresAt: judgement.until });
  }
}

/** Enforces a verdict on a withdrawal, in the transaction that records the verdict. */
export function withdrawalVerdictHandler(deps: WithdrawalDeps): VerdictHandler {
  return async (tx, verdict) => {
    const [seen] = await selectWithdrawals(tx, 'where event_id = $1', [verdict.body.event_id]);
    if (seen === undefined) return;
    const withdrawal = await lockWithdrawal(tx, deps.restrictions, seen.id);
    if (withdrawal === null) return;
    const judgement = judgeVerdict(withdrawal, verdict.body, deps.limits, new Date(deps.clock.now()));
    await carryOut(deps, tx, withdrawal, verdict, judgement);
  };
}
