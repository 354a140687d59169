import { type AssetId, type Clock, refuse, type Result, succeed } from '../../core/index.ts';
import type { RoutePlugin } from '../../platform/http/index.ts';
import type { SqlExecutor, SqlTransaction } from '../../platform/sql/port.ts';
import { applyTransfers } from './apply-transfers.ts';
import { type AssetRefusal, readAssets, registerAsset } from './assets.ts';
import { type Balance, type LedgerProof, proveBooks, readBalances } from './balances.ts';
import { type AccountRef, accountIdOf, transferIdOf } from './chart.ts';
import { lockAccounts, readTransfers } from './ledger-rows.ts';
import { ledgerRoutes } from './routes.ts';
import {
  availableOf,
  type RegisteredAsset,
  type SingleTransfer,
  type TransferCommand,
  type TransferRecord,
  type TransferRefusal,
} from './transfer.ts';

/** Pending transfers voided by one call: bounds the row locks of one transaction. */
const EXPIRE_BATCH = 100;

/** Takes money back from a customer: what is there from `available`, the rest as a receivable. */
export interface TakeBack {
  readonly id: string;
  readonly accountId: string;
  readonly asset: AssetId;
  /** minor units */
  readonly amount: bigint;
  /** Which house account it goes to, such as `deposits_onchain`. */
  readonly to: AccountRef;
  readonly code: string;
}

export interface Ledger {
  /** Linked transfers in the caller's transaction: all or none. A refusal changes nothing and leaves the transaction usable. */
  apply(tx: SqlTransaction, transfers: readonly TransferCommand[]): Promise<Result<readonly TransferRecord[], TransferRefusal>>;
  /** A reversal that may find the money spent: idempotent by id; never drives the customer below zero (promise 1). */
  takeBack(
    tx: SqlTransaction,
    request: TakeBack,
  ): Promise<Result<{ readonly taken: bigint; readonly receivable: bigint }, TransferRefusal>>;
  /** From here on time does not end the pending transfer: its nonce is reserved. False when it was resolved before. */
  keepPending(tx: SqlTransaction, transferId: string): Promise<boolean>;
  /** Voids pending transfers whose time is over; gives how many. */
  expireDue(tx: SqlTransaction, now: Date): Promise<number>;
  /** minor units per asset */
  balances(executor: SqlExecutor, accountId: string): Promise<Balance[]>;
  balanced(executor: SqlExecutor): Promise<LedgerProof>;
  registerAsset(executor: SqlExecutor, asset: RegisteredAsset): Promise<Result<void, AssetRefusal>>;
  assets(executor: SqlExecutor): Promise<RegisteredAsset[]>;
  /** GET /v1/me/balances */
  readonly ownerRoutes: RoutePlugin;
}

function takeBackLine(request: TakeBack, from: AccountRef, part: string, amount: bigint): SingleTransfer {
  return {
    kind: 'single',
    id: transferIdOf('take-back', request.id, part),
    code: request.code,
    debit: from,
    credit: request.to,
    amount,
  };
}

async function takeBack(
  tx: SqlTransaction,
  request: TakeBack,
  now: Date,
): Promise<Result<{ taken: bigint; receivable: bigint }, TransferRefusal>> {
  const available: AccountRef = { owner: request.accountId, kind: 'customer_available', asset: request.asset };
  const owed: AccountRef = { owner: request.accountId, kind: 'receivable', asset: request.asset };
  const accounts = await lockAccounts(tx, [accountIdOf(available), accountIdOf(request.to)]);
  const ids = {
    taken: transferIdOf('take-back', request.id, 'available'),
    receivable: transferIdOf('take-back', request.id, 'receivable'),
  };
  const done = await readTransfers(tx, Object.values(ids));
  let taken: bigint;
  if (done.size > 0) {
    // The split depends on the balance of that day, so a repetition is answered from the lines themselves.
    const before = { taken: done.get(ids.taken)?.amount ?? 0n, receivable: done.get(ids.receivable)?.amount ?? 0n };
    if (before.taken + before.receivable !== request.amount) {
      return refuse('exists_with_different_body', 'this reversal exists with another amount');
    }
    taken = before.taken;
  } else {
    const account = accounts.get(accountIdOf(available));
    const free = account === undefined ? 0n : availableOf(account);
    taken = free < request.amount ? free : request.amount;
  }
  const receivable = request.amount - taken;
  const applied = await applyTransfers(
    tx,
    [
      ...(taken > 0n || receivable === 0n ? [takeBackLine(request, available, 'available', taken)] : []),
      ...(receivable > 0n ? [takeBackLine(request, owed, 'receivable', receivable)] : []),
    ],
    now,
  );
  return applied.ok ? succeed({ taken, receivable }) : applied;
}

/** Locks the two accounts of a pending transfer: whoever ends it, keeps it or resolves it takes them first. */
async function lockPending(tx: SqlTransaction, pendingId: string): Promise<void> {
  const record = (await readTransfers(tx, [pendingId])).get(pendingId);
  if (record !== undefined) await lockAccounts(tx, [record.debitAccount, record.creditAccount]);
}

async function expireDue(tx: SqlTransaction, now: Date): Promise<number> {
  const due = await tx.query<{ transfer_id: string }>(
    'select transfer_id from ledger.open_pending where expires_at <= $1 order by expires_at limit $2',
    [now, EXPIRE_BATCH],
  );
  let voided = 0;
  for (const { transfer_id: pendingId } of due) {
    await lockPending(tx, pendingId);
    const still = await tx.query('select 1 from ledger.open_pending where transfer_id = $1 and expires_at <= $2', [
      pendingId,
      now,
    ]);
    if (still.length === 0) continue;
    const id = transferIdOf('expiry', pendingId);
    const answer = await applyTransfers(tx, [{ kind: 'void', id, pendingId, code: 'expired' }], now);
    if (!answer.ok) throw new Error(`a due pending transfer could not be voided: ${answer.refusal.code}`);
    voided += 1;
  }
  return voided;
}

async function keepPending(tx: SqlTransaction, transferId: string): Promise<boolean> {
  await lockPending(tx, transferId);
  const kept = await tx.query('update ledger.open_pending set expires_at = null where transfer_id = $1 returning 1', [
    transferId,
  ]);
  return kept.length > 0;
}

/** Double-entry books in PostgreSQL, in TigerBeetle's manner (https://docs.tigerbeetle.com/reference/transfer). */
export function createLedger(deps: { clock: Clock; sql: SqlExecutor }): Ledger {
  const now = (): Date => new Date(deps.clock.now());
  return {
    apply: (tx, transfers) => applyTransfers(tx, transfers, now()),
    takeBack: (tx, request) => takeBack(tx, request, now()),
    keepPending,
    expireDue,
    balances: readBalances,
    balanced: proveBooks,
    registerAsset,
    assets: readAssets,
    ownerRoutes: ledgerRoutes({ balances: (accountId) => readBalances(deps.sql, accountId) }),
  };
}
