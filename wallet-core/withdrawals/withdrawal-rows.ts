import type { AccountId, AssetId, BulwarkEvent, EventId, Outcome, Statement, Verdict, WithdrawalId } from '../../core/index.ts';
import type { Hex } from '../../platform/chain/port.ts';
import type { StepUpProof, WithdrawalPayload } from '../../platform/signer/port.ts';
import type { SqlExecutor, SqlTransaction } from '../../platform/sql/port.ts';
import type { Restrictions } from '../restrictions/index.ts';
import type { WithdrawalState } from './states.ts';

export type HoldCause = 'no_verdict' | 'verdict' | 'account_blocked';

/** The network end of a request, as events carry it. */
export type ClientData = BulwarkEvent<'wallet.withdrawal.requested'>['data']['client'];

/** A withdrawal as stored. */
export interface Withdrawal {
  readonly id: WithdrawalId;
  readonly accountId: AccountId;
  readonly asset: AssetId;
  /** minor units */
  readonly amount: bigint;
  /** EIP-55 */
  readonly payee: string;
  readonly chainId: number;
  /** wei */
  readonly feeCap: bigint;
  readonly payloadHash: string;
  readonly bodyHash: string;
  readonly eventId: EventId;
  readonly client: ClientData;
  readonly state: WithdrawalState;
  readonly holdCause: HoldCause | null;
  readonly outcome: Outcome | null;
  readonly verdictRevision: number;
  readonly reason: string | null;
  readonly expiresAt: Date | null;
  readonly stepUpProof: Statement<StepUpProof> | null;
  readonly verdict: Verdict | null;
  readonly sender: Hex | null;
  readonly nonce: number | null;
  readonly gasLimit: bigint | null;
  readonly maxFeePerGas: bigint | null;
  readonly maxPriorityFeePerGas: bigint | null;
  readonly txHash: Hex | null;
  readonly blockNumber: number | null;
  readonly attempts: number;
  readonly requestedAt: Date;
  readonly updatedAt: Date;
}

type Row = Record<string, unknown> & {
  id: string;
  account_id: string;
  asset: string;
  amount: string;
  payee: string;
  chain_id: bigint;
  fee_cap: string;
  payload_hash: string;
  body_hash: string;
  event_id: string;
  client: ClientData;
  state: WithdrawalState;
  hold_cause: HoldCause | null;
  outcome: Outcome | null;
  verdict_revision: number;
  reason: string | null;
  expires_at: Date | null;
  step_up_proof: Statement<StepUpProof> | null;
  verdict: Verdict | null;
  sender: Hex | null;
  nonce: bigint | null;
  gas_limit: string | null;
  max_fee_per_gas: string | null;
  max_priority_fee_per_gas: string | null;
  tx_hash: Hex | null;
  block_number: bigint | null;
  attempts: number;
  requested_at: Date;
  updated_at: Date;
};

const bigOrNull = (text: string | null): bigint | null => (text === null ? null : BigInt(text));
const numberOrNull = (value: bigint | null): number | null => (value === null ? null : Number(value));

function toWithdrawal(row: Row): Withdrawal {
  return {
    id: row.id as WithdrawalId,
    accountId: row.account_id as AccountId,
    asset: row.asset as AssetId,
    amount: BigInt(row.amount),
    payee: row.payee,
    chainId: Number(row.chain_id),
    feeCap: BigInt(row.fee_cap),
    payloadHash: row.payload_hash,
    bodyHash: row.body_hash,
    eventId: row.event_id as EventId,
    client: row.client,
    state: row.state,
    holdCause: row.hold_cause,
    outcome: row.outcome,
    verdictRevision: row.verdict_revision,
    reason: row.reason,
    expiresAt: row.expires_at,
    stepUpProof: row.step_up_proof,
    verdict: row.verdict,
    sender: row.sender,
    nonce: numberOrNull(row.nonce),
    gasLimit: bigOrNull(row.gas_limit),
    maxFeePerGas: bigOrNull(row.max_fee_per_gas),
    maxPriorityFeePerGas: bigOrNull(row.max_priority_fee_per_gas),
    txHash: row.tx_hash,
    blockNumber: numberOrNull(row.block_number),
    attempts: row.attempts,
    requestedAt: row.requested_at,
    updatedAt: row.updated_at,
  };
}

/** Withdrawals that a `where …` clause (with order and limit) names. */
export async function selectWithdrawals(
  executor: SqlExecutor,
  where: string,
  parameters: readonly unknown[],
): Promise<Withdrawal[]> {
  const rows = await executor.query<Row>(`select * from withdrawals.withdrawal ${where}`, parameters);
  return rows.map(toWithdrawal);
}

export async function readWithdrawal(executor: SqlExecutor, id: string): Promise<Withdrawal | null> {
  return (await selectWithdrawals(executor, 'where id = $1', [id]))[0] ?? null;
}

/**
 * Locks a withdrawal: its account first (where freezing and signing meet), then its row (where cancel, sign, expiry and verdict
 * meet). Everything that changes one goes through here, so the order is the same everywhere.
 */
export async function lockWithdrawal(tx: SqlTransaction, restrictions: Restrictions, id: string): Promise<Withdrawal | null> {
  const seen = await readWithdrawal(tx, id);
  if (seen === null) return null;
  await restrictions.lockAccount(tx, seen.accountId);
  return (await selectWithdrawals(tx, 'where id = $1 for update', [id]))[0] ?? null;
}

/** What was approved, in the canonical form whose hash runs through verdict, step-up and signature. */
export function payloadOf(
  of: Pick<Withdrawal, 'id' | 'accountId' | 'asset' | 'amount' | 'payee' | 'chainId' | 'feeCap'>,
): WithdrawalPayload {
  return {
    withdrawal_id: of.id,
    account_id: of.accountId,
    asset: of.asset,
    amount: of.amount.toString(),
    payee: of.payee,
    chain_id: of.chainId,
    fee_cap: of.feeCap.toString(),
  };
}

/** The part of an event's data that every `wallet.withdrawal.*` event has. */
export function eventDataOf(of: Withdrawal): {
  withdrawal_id: string;
  asset: string;
  amount: string;
  payee: string;
  payload_hash: string;
} {
  return { withdrawal_id: of.id, asset: of.asset, amount: of.amount.toString(), payee: of.payee, payload_hash: of.payloadHash };
}

/** Data of the `wallet.stepup.*` events of a withdrawal. */
export function stepUpEventData(
  of: Withdrawal,
  stepUpId: string,
  client: ClientData,
): BulwarkEvent<'wallet.stepup.passed'>['data'] {
  return {
    stepup_id: stepUpId,
    method: 'totp',
    purpose: 'withdrawal',
    target_id: of.id,
    payload_hash: of.payloadHash,
    client,
  };
}
