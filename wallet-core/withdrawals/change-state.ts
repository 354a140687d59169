import type { Outcome, Statement, Verdict } from '../../core/index.ts';
import type { Hex } from '../../platform/chain/port.ts';
import type { StepUpProof } from '../../platform/signer/port.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';
import { transferIdOf } from '../ledger/index.ts';
import type { WithdrawalDeps } from './deps.ts';
import { isGivenBack, mayFollow, type WithdrawalState } from './states.ts';
import { eventDataOf, type HoldCause, type Withdrawal } from './withdrawal-rows.ts';

/** What changes with the state. What is left out stays. */
export interface StateChange {
  readonly to: WithdrawalState;
  /** Stable code: why. */
  readonly reason: string | null;
  /** `owner:ID`, `staff:ID`, `rule:…` or `system`, for the audit log. */
  readonly actor: string;
  readonly holdCause?: HoldCause | null;
  readonly expiresAt?: Date | null;
  readonly outcome?: Outcome;
  readonly verdictRevision?: number;
  readonly stepUpProof?: Statement<StepUpProof>;
  readonly verdict?: Verdict;
  readonly sending?: { sender: Hex; nonce: number; gasLimit: bigint; maxFeePerGas: bigint; maxPriorityFeePerGas: bigint };
  readonly txHash?: Hex;
  readonly blockNumber?: number;
}

/** Ids of a withdrawal's ledger transfers: nobody outside can occupy them beforehand. */
export const reserveIdOf = (withdrawalId: string): string => transferIdOf('withdrawal', withdrawalId, 'reserve');
export const postIdOf = (withdrawalId: string): string => transferIdOf('withdrawal', withdrawalId, 'post');
export const voidIdOf = (withdrawalId: string): string => transferIdOf('withdrawal', withdrawalId, 'void');
export const feeIdOf = (withdrawalId: string): string => transferIdOf('withdrawal', withdrawalId, 'fee');

async function giveBack(deps: WithdrawalDeps, tx: SqlTransaction, withdrawal: Withdrawal): Promise<void> {
  const answer = await deps.ledger.apply(tx, [
    { kind: 'void', id: voidIdOf(withdrawal.id), pendingId: reserveIdOf(withdrawal.id), code: 'withdrawal_void' },
  ]);
  // The row says the money is set aside; books that say otherwise are a bug, and nothing may go on.
  if (!answer.ok) throw new Error(`withdrawal ${withdrawal.id} cannot be given back: ${answer.refusal.code}`);
}

async function update(tx: SqlTransaction, withdrawal: Withdrawal, change: StateChange, now: Date): Promise<void> {
  const sending = change.sending;
  await tx.query(
    `update withdrawals.withdrawal
        set state = $2, reason = $3, hold_cause = $4, expires_at = $5, outcome = $6, verdict_revision = $7,
            step_up_proof = $8, verdict = $9, sender = $10, nonce = $11, gas_limit = $12, max_fee_per_gas = $13,
            max_priority_fee_per_gas = $14, tx_hash = $15, block_number = $16, updated_at = $17,
            attempts = 0, next_attempt_at = null, last_error = null
      where id = $1`,
    [
      withdrawal.id,
      change.to,
      change.reason,
      change.to === 'held' ? (change.holdCause ?? withdrawal.holdCause) : null,
      change.expiresAt === undefined ? withdrawal.expiresAt : change.expiresAt,
      change.outcome ?? withdrawal.outcome,
      change.verdictRevision ?? withdrawal.verdictRevision,
      JSON.stringify(change.stepUpProof ?? withdrawal.stepUpProof),
      JSON.stringify(change.verdict ?? withdrawal.verdict),
      sending?.sender ?? withdrawal.sender,
      sending?.nonce ?? withdrawal.nonce,
      sending?.gasLimit ?? withdrawal.gasLimit,
      sending?.maxFeePerGas ?? withdrawal.maxFeePerGas,
      sending?.maxPriorityFeePerGas ?? withdrawal.maxPriorityFeePerGas,
      change.txHash ?? withdrawal.txHash,
      change.blockNumber ?? withdrawal.blockNumber,
      now,
    ],
  );
}

async function tell(deps: WithdrawalDeps, tx: SqlTransaction, withdrawal: Withdrawal, change: StateChange): Promise<void> {
  const data = eventDataOf(withdrawal);
  const subject = withdrawal.accountId;
  const hash = change.txHash ?? withdrawal.txHash;
  const reason = change.reason ?? change.to;
  if (change.to === 'approved') {
    const by = (change.stepUpProof ?? withdrawal.stepUpProof) === null ? 'verdict' : 'step_up';
    await deps.outbox.append(tx, { type: 'wallet.withdrawal.approved', subject, data: { ...data, by } });
  } else if (change.to === 'cancelled') {
    await deps.outbox.append(tx, { type: 'wallet.withdrawal.cancelled', subject, data: { ...data, reason } });
  } else if (isGivenBack(change.to)) {
    await deps.outbox.append(tx, { type: 'wallet.withdrawal.failed', subject, data: { ...data, reason } });
  } else if (hash !== null && change.to === 'signed') {
    const signed = { ...data, tx_hash: hash, nonce: withdrawal.nonce ?? 0 };
    await deps.outbox.append(tx, { type: 'wallet.withdrawal.signed', subject, data: signed });
  } else if (hash !== null && change.to === 'broadcast' && withdrawal.state === 'signed') {
    await deps.outbox.append(tx, { type: 'wallet.withdrawal.broadcast', subject, data: { ...data, tx_hash: hash } });
  } else if (hash !== null && change.to === 'confirmed') {
    const confirmed = { ...data, tx_hash: hash, block_number: change.blockNumber ?? withdrawal.blockNumber ?? 0 };
    await deps.outbox.append(tx, { type: 'wallet.withdrawal.confirmed', subject, data: confirmed });
  }
}

/**
 * The one place where a withdrawal changes state: checks the table of transitions, gives money back where it ends unpaid, writes
 * row, event and audit entry in the caller's transaction. The caller holds the row's lock.
 */
export async function changeState(
  deps: WithdrawalDeps,
  tx: SqlTransaction,
  withdrawal: Withdrawal,
  change: StateChange,
): Promise<void> {
  if (!mayFollow(withdrawal.state, change.to)) {
    throw new Error(`a withdrawal does not go from ${withdrawal.state} to ${change.to}`);
  }
  const ended = isGivenBack(change.to) || change.to === 'confirmed';
  await update(tx, withdrawal, ended ? { ...change, expiresAt: null } : change, new Date(deps.clock.now()));
  if (isGivenBack(change.to)) await giveBack(deps, tx, withdrawal);
  await tell(deps, tx, withdrawal, change);
  await deps.audit.append(tx, {
    kind: `withdrawal_${change.to}`,
    actor: change.actor,
    subject: withdrawal.id,
    details: {
      payload_hash: withdrawal.payloadHash,
      from: withdrawal.state,
      reason: change.reason,
      tx_hash: change.txHash ?? null,
    },
  });
}
