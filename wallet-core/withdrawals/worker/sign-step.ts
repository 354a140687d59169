import type { Hex } from '../../../platform/chain/port.ts';
import type { SignRequest, SignRefusalCode } from '../../../platform/signer/index.ts';
import { changeState } from '../change-state.ts';
import type { WithdrawalDeps } from '../deps.ts';
import { lockWithdrawal, payloadOf, type Withdrawal } from '../withdrawal-rows.ts';
import { releaseNonce } from './nonces.ts';
import type { StepOutcome } from './step.ts';

/** Why the owner's payment did not happen, in the room's own codes. */
function reasonOf(code: SignRefusalCode): string {
  if (code === 'verdict_expired' || code === 'step_up_invalid') return 'approval_expired';
  return code === 'over_ceiling' ? 'hot_wallet_limit' : 'signer_refused';
}

function requestOf(withdrawal: Withdrawal): SignRequest {
  const { verdict, nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas } = withdrawal;
  if (verdict === null || nonce === null || gasLimit === null || maxFeePerGas === null || maxPriorityFeePerGas === null) {
    throw new Error(`withdrawal ${withdrawal.id} is signing without what is to be signed`);
  }
  return {
    payload: payloadOf(withdrawal),
    verdict,
    stepUp: withdrawal.stepUpProof,
    nonce,
    gasLimit,
    maxFeePerGas,
    maxPriorityFeePerGas,
  };
}

async function keep(deps: WithdrawalDeps, id: string, signed: { rawTransaction: Hex; hash: Hex }): Promise<StepOutcome> {
  return deps.sql.transaction<StepOutcome>(async (tx) => {
    const withdrawal = await lockWithdrawal(tx, deps.restrictions, id);
    if (withdrawal?.state !== 'signing') return 'again';
    await tx.query('insert into withdrawals.transaction (hash, withdrawal_id, raw, signed_at) values ($1, $2, $3, $4)', [
      signed.hash,
      id,
      signed.rawTransaction,
      new Date(deps.clock.now()),
    ]);
    await changeState(deps, tx, withdrawal, { to: 'signed', reason: null, actor: 'system', txHash: signed.hash });
    return 'again';
  });
}

async function giveUp(deps: WithdrawalDeps, id: string, code: SignRefusalCode): Promise<StepOutcome> {
  return deps.sql.transaction<StepOutcome>(async (tx) => {
    const withdrawal = await lockWithdrawal(tx, deps.restrictions, id);
    if (withdrawal?.state !== 'signing') return 'again';
    const { nonce, sender } = withdrawal;
    if (nonce === null || sender === null) throw new Error(`withdrawal ${id} is signing without a nonce`);
    await releaseNonce(tx, { chainId: withdrawal.chainId, sender }, id, nonce, new Date(deps.clock.now()));
    await changeState(deps, tx, withdrawal, { to: 'failed', reason: reasonOf(code), actor: 'system' });
    return 'done';
  });
}

/**
 * signing → signed. Dying between the signer's answer and our commit loses nothing: asked the same again, the signer answers the
 * same. When it refuses, it first promises never to sign this withdrawal; only then do money and nonce go back.
 */
export async function signStep(deps: WithdrawalDeps, withdrawal: Withdrawal): Promise<StepOutcome> {
  const answer = await deps.signer.sign(requestOf(withdrawal));
  if (answer.ok) return keep(deps, withdrawal.id, answer);
  const abandoned = await deps.signer.abandon(withdrawal.id);
  return abandoned.ok ? giveUp(deps, withdrawal.id, answer.refusal.code) : keep(deps, withdrawal.id, abandoned);
}
