import { OutsideError, type Verdict } from '../../../core/index.ts';
import type { Chain, Hex } from '../../../platform/chain/port.ts';
import { callOf } from '../../../platform/signer/index.ts';
import type { SqlTransaction } from '../../../platform/sql/port.ts';
import { changeState } from '../change-state.ts';
import { WORKER_LIMITS, type WithdrawalDeps } from '../deps.ts';
import { permittedUntil } from '../judge-verdict.ts';
import { lockWithdrawal, type Withdrawal } from '../withdrawal-rows.ts';
import { openSender, reserveNonce } from './nonces.ts';
import type { StepOutcome } from './step.ts';

interface Gas {
  readonly gasLimit: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** Gas of a plain payment to an account without code (yellow paper, appendix G): exact, so it needs no margin. */
const PLAIN_GAS = 21_000n;

async function quoteGas(deps: WithdrawalDeps, chain: Chain, withdrawal: Withdrawal): Promise<Gas> {
  const asset = (await deps.ledger.assets(deps.sql)).find((each) => each.id === withdrawal.asset);
  if (asset === undefined) throw new Error(`withdrawal ${withdrawal.id} is of an asset that is not registered`);
  const call = callOf(withdrawal.payee, withdrawal.amount, asset.contract);
  const estimate = await chain.estimateGas({
    from: deps.signer.address,
    to: call.to.toLowerCase() as Hex,
    value: call.value,
    data: call.data as Hex,
  });
  const gasLimit = estimate === PLAIN_GAS ? estimate : (estimate * (100n + WORKER_LIMITS.gasMarginPercent)) / 100n;
  if (gasLimit > WORKER_LIMITS.gasLimitMax) {
    throw new OutsideError(
      'payee_needs_too_much_gas',
      `paying takes ${gasLimit} gas, and ${WORKER_LIMITS.gasLimitMax} are paid for`,
      {
        retryable: false,
      },
    );
  }
  const fees = await chain.fees();
  if (gasLimit * fees.maxFeePerGas > withdrawal.feeCap) {
    throw new OutsideError('network_fee_over_cap', 'the network asks for more than the fee cap', { retryable: true });
  }
  return { gasLimit, ...fees };
}

/** The verdict that permits signing now, or why there is none. */
function permission(withdrawal: Withdrawal, verdict: Verdict | null, nowMs: number): 'permitted' | 'stale' | 'not_permitted' {
  if (verdict === null || verdict.body.payload_hash !== withdrawal.payloadHash) return 'not_permitted';
  const { outcome } = verdict.body;
  if (outcome !== 'allow' && !(outcome === 'challenge' && withdrawal.stepUpProof !== null)) return 'not_permitted';
  return permittedUntil(verdict.body).getTime() > nowMs ? 'permitted' : 'stale';
}

async function reserve(deps: WithdrawalDeps, tx: SqlTransaction, id: string, gas: Gas): Promise<StepOutcome> {
  const withdrawal = await lockWithdrawal(tx, deps.restrictions, id);
  if (withdrawal?.state !== 'approved') return 'again';
  const now = new Date(deps.clock.now());
  if (withdrawal.expiresAt !== null && withdrawal.expiresAt <= now) return 'wait';
  const account = await deps.restrictions.stateOf(tx, withdrawal.accountId);
  const hold = { to: 'held', actor: 'system', expiresAt: new Date(now.getTime() + deps.limits.holdExpiryMs) } as const;
  if (account.outgoingBlocked) {
    await changeState(deps, tx, withdrawal, { ...hold, reason: 'account_restricted', holdCause: 'account_blocked' });
    return 'done';
  }
  const verdict = await deps.verdicts.verdictOf(tx, withdrawal.eventId);
  const permitted = permission(withdrawal, verdict, now.getTime());
  if (permitted === 'stale') {
    await changeState(deps, tx, withdrawal, { to: 'expired', reason: 'approval_expired', actor: 'system' });
    return 'done';
  }
  if (permitted === 'not_permitted' || verdict === null) {
    await changeState(deps, tx, withdrawal, { ...hold, reason: 'held_by_check', holdCause: 'verdict' });
    return 'done';
  }
  const place = { chainId: withdrawal.chainId, sender: deps.signer.address };
  const nonce = await reserveNonce(tx, place, id, now);
  if (nonce === null) return 'wait';
  await changeState(deps, tx, withdrawal, {
    to: 'signing',
    reason: null,
    actor: 'system',
    expiresAt: null,
    verdict,
    sending: { sender: place.sender, nonce, ...gas },
  });
  return 'again';
}

/**
 * approved → signing. One transaction looks again at everything that permits the payment (account, verdict, its age) under the
 * locks that a freeze, a cancel and the expiry need, and fixes the nonce and all else the signer will be asked.
 */
export async function reserveStep(deps: WithdrawalDeps, chain: Chain, withdrawal: Withdrawal): Promise<StepOutcome> {
  const gas = await quoteGas(deps, chain, withdrawal);
  const firstNonce = await chain.nextNonce(deps.signer.address);
  return deps.sql.transaction(async (tx) => {
    await openSender(tx, { chainId: chain.chainId, sender: deps.signer.address }, firstNonce);
    return reserve(deps, tx, withdrawal.id, gas);
  });
}
