import type { SqlExecutor, SqlTransaction } from '../../platform/sql/port.ts';
import type { AccountKind, AccountRef } from './chart.ts';
import { accountIdOf } from './chart.ts';
import type { PendingState } from './decide-transfer.ts';
import type { AccountState, TransferCommand, TransferRecord } from './transfer.ts';

interface AccountRow extends Record<string, unknown> {
  readonly id: string;
  readonly owner: string;
  readonly kind: AccountKind;
  readonly asset: string;
  readonly debits_pending: string;
  readonly debits_posted: string;
  readonly credits_pending: string;
  readonly credits_posted: string;
}

interface TransferRow extends Record<string, unknown> {
  readonly id: string;
  readonly debit_account: string;
  readonly credit_account: string;
  readonly amount: string;
  readonly asset: string;
  readonly state: TransferCommand['kind'];
  readonly pending_id: string | null;
  readonly code: string;
  readonly expires_at: Date | null;
  readonly body_hash: string;
}

export function toAccount(row: AccountRow): AccountState {
  return {
    id: row.id,
    owner: row.owner,
    kind: row.kind,
    asset: row.asset,
    debitsPending: BigInt(row.debits_pending),
    debitsPosted: BigInt(row.debits_posted),
    creditsPending: BigInt(row.credits_pending),
    creditsPosted: BigInt(row.credits_posted),
  };
}

function toRecord(row: TransferRow): TransferRecord {
  return {
    id: row.id,
    debitAccount: row.debit_account,
    creditAccount: row.credit_account,
    amount: BigInt(row.amount),
    asset: row.asset,
    state: row.state,
    pendingId: row.pending_id,
    code: row.code,
    expiresAt: row.expires_at,
    bodyHash: row.body_hash,
  };
}

/** Transfers by id, as far as they exist. */
export async function readTransfers(executor: SqlExecutor, ids: readonly string[]): Promise<Map<string, TransferRecord>> {
  if (ids.length === 0) return new Map();
  const rows = await executor.query<TransferRow>('select * from ledger.transfer where id = any($1::uuid[])', [ids]);
  return new Map(rows.map((row) => [row.id, toRecord(row)]));
}

/** What became of pending transfers: their end, and whether a post or a void came. */
export async function readPendings(tx: SqlTransaction, records: readonly TransferRecord[]): Promise<Map<string, PendingState>> {
  if (records.length === 0) return new Map();
  const rows = await tx.query<{ id: string; expires_at: Date | null; resolution: 'post' | 'void' | null }>(
    `select t.id, o.expires_at, r.state as resolution
       from ledger.transfer t
       left join ledger.open_pending o on o.transfer_id = t.id
       left join ledger.transfer r on r.pending_id = t.id
      where t.id = any($1::uuid[])`,
    [records.map((record) => record.id)],
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  return new Map(
    records.map((record) => {
      const row = found.get(record.id);
      return [record.id, { record, expiresAt: row?.expires_at ?? null, resolution: row?.resolution ?? null }];
    }),
  );
}

/** Locks accounts in id order, so that two transactions over the same accounts wait instead of deadlocking. */
export async function lockAccounts(tx: SqlTransaction, ids: readonly string[]): Promise<Map<string, AccountState>> {
  const rows = await tx.query<AccountRow>('select * from ledger.account where id = any($1::uuid[]) order by id for update', [
    [...ids].toSorted(),
  ]);
  return new Map(rows.map((row) => [row.id, toAccount(row)]));
}

/** Opens accounts that no transfer has touched yet. */
export async function openAccounts(tx: SqlTransaction, accounts: readonly AccountRef[]): Promise<void> {
  const sorted = accounts.map((account) => ({ id: accountIdOf(account), ...account })).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  await tx.query(
    `insert into ledger.account (id, owner, kind, asset)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) on conflict do nothing`,
    [sorted.map((a) => a.id), sorted.map((a) => a.owner), sorted.map((a) => a.kind), sorted.map((a) => a.asset)],
  );
}

/** Writes what was decided: the lines, the totals, and the list of open pending transfers. */
export async function writeEffects(
  tx: SqlTransaction,
  records: readonly TransferRecord[],
  accounts: readonly AccountState[],
  now: Date,
): Promise<void> {
  // One statement inserts a post beside its pending transfer: foreign keys are checked at its end.
  await tx.query(
    `insert into ledger.transfer
       (id, debit_account, credit_account, amount, asset, state, pending_id, code, expires_at, body_hash, created_at)
     select id, debit_account, credit_account, amount, asset, state, pending_id, code, expires_at, body_hash, $11::timestamptz
       from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::numeric[], $5::text[], $6::text[], $7::uuid[], $8::text[],
                   $9::timestamptz[], $10::text[])
         as line (id, debit_account, credit_account, amount, asset, state, pending_id, code, expires_at, body_hash)`,
    [
      records.map((r) => r.id),
      records.map((r) => r.debitAccount),
      records.map((r) => r.creditAccount),
      records.map((r) => r.amount.toString()),
      records.map((r) => r.asset),
      records.map((r) => r.state),
      records.map((r) => r.pendingId),
      records.map((r) => r.code),
      records.map((r) => r.expiresAt?.toISOString() ?? null),
      records.map((r) => r.bodyHash),
      now.toISOString(),
    ],
  );
  await tx.query(
    `update ledger.account a
        set debits_pending = n.debits_pending, debits_posted = n.debits_posted,
            credits_pending = n.credits_pending, credits_posted = n.credits_posted
       from unnest($1::uuid[], $2::numeric[], $3::numeric[], $4::numeric[], $5::numeric[])
         as n (id, debits_pending, debits_posted, credits_pending, credits_posted)
      where a.id = n.id`,
    [
      accounts.map((a) => a.id),
      accounts.map((a) => a.debitsPending.toString()),
      accounts.map((a) => a.debitsPosted.toString()),
      accounts.map((a) => a.creditsPending.toString()),
      accounts.map((a) => a.creditsPosted.toString()),
    ],
  );
  const opened = records.filter((record) => record.state === 'pending');
  if (opened.length > 0) {
    await tx.query(`insert into ledger.open_pending select * from unnest($1::uuid[], $2::timestamptz[])`, [
      opened.map((record) => record.id),
      opened.map((record) => record.expiresAt?.toISOString() ?? null),
    ]);
  }
  const resolved = records.flatMap((record) => (record.pendingId === null ? [] : [record.pendingId]));
  if (resolved.length > 0) await tx.query('delete from ledger.open_pending where transfer_id = any($1::uuid[])', [resolved]);
}
