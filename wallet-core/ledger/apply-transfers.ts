import { refuse, type Result, succeed } from '../../core/index.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';
import { type AccountRef, accountIdOf } from './chart.ts';
import { decideTransfer, type PendingState, type TransferContext } from './decide-transfer.ts';
import { lockAccounts, openAccounts, readPendings, readTransfers, writeEffects } from './ledger-rows.ts';
import type { AccountState, TransferCommand, TransferRecord, TransferRefusal } from './transfer.ts';

/** A linked batch holds its row locks together; a hundred lines take a few milliseconds. */
export const LINKED_TRANSFERS_MAX = 100;

interface World {
  readonly accounts: Map<string, AccountState>;
  readonly transfers: Map<string, TransferRecord>;
  readonly pendings: Map<string, PendingState>;
}

function refsOf(command: TransferCommand): readonly AccountRef[] {
  return command.kind === 'single' || command.kind === 'pending' ? [command.debit, command.credit] : [];
}

function contextOf(world: World, command: TransferCommand, now: Date): TransferContext {
  const existing = world.transfers.get(command.id) ?? null;
  if (command.kind === 'single' || command.kind === 'pending') {
    return {
      debit: world.accounts.get(accountIdOf(command.debit)) ?? null,
      credit: world.accounts.get(accountIdOf(command.credit)) ?? null,
      existing,
      pending: null,
      now,
    };
  }
  const pending = world.pendings.get(command.pendingId) ?? null;
  return {
    debit: pending === null ? null : (world.accounts.get(pending.record.debitAccount) ?? null),
    credit: pending === null ? null : (world.accounts.get(pending.record.creditAccount) ?? null),
    existing,
    pending,
    now,
  };
}

function remember(world: World, record: TransferRecord, debit: AccountState, credit: AccountState): void {
  world.accounts.set(debit.id, debit).set(credit.id, credit);
  world.transfers.set(record.id, record);
  if (record.state === 'pending') {
    world.pendings.set(record.id, { record, expiresAt: record.expiresAt, resolution: null });
  } else if (record.pendingId !== null && record.state !== 'single') {
    const pending = world.pendings.get(record.pendingId);
    if (pending !== undefined) world.pendings.set(record.pendingId, { ...pending, resolution: record.state });
  }
}

/** Locks everything the commands touch; opens accounts that are missing. */
async function lockWorld(tx: SqlTransaction, commands: readonly TransferCommand[], refs: readonly AccountRef[]): Promise<World> {
  const ids = commands.flatMap((command) => ('pendingId' in command ? [command.id, command.pendingId] : [command.id]));
  // Locks on the ids make two first uses of one id take turns; the accounts alone would not, should their bodies differ.
  await tx.query(
    `select pg_advisory_xact_lock(hashtextextended('ledger.transfer:' || id, 0)) from unnest($1::text[]) as ids (id)`,
    [[...new Set(ids)].toSorted()],
  );
  const known = await readTransfers(tx, ids);
  const accountIds = new Set(refs.map(accountIdOf));
  for (const record of known.values()) accountIds.add(record.debitAccount).add(record.creditAccount);
  let accounts = await lockAccounts(tx, [...accountIds]);
  const missing = refs.filter((ref) => !accounts.has(accountIdOf(ref)));
  if (missing.length > 0) {
    await openAccounts(tx, missing);
    accounts = await lockAccounts(tx, [...accountIds]);
  }
  const pendings = await readPendings(
    tx,
    [...known.values()].filter((record) => ids.includes(record.id)),
  );
  return { accounts, transfers: known, pendings };
}

async function unknownAssets(tx: SqlTransaction, refs: readonly AccountRef[]): Promise<string[]> {
  const wanted = [...new Set(refs.map((ref) => ref.asset as string))];
  if (wanted.length === 0) return [];
  const rows = await tx.query<{ id: string }>('select id from ledger.asset where id = any($1::text[])', [wanted]);
  const known = new Set(rows.map((row) => row.id));
  return wanted.filter((asset) => !known.has(asset));
}

/** All or nothing within the caller's transaction; what is refused leaves no trace, opened accounts included. */
export async function applyTransfers(
  tx: SqlTransaction,
  commands: readonly TransferCommand[],
  now: Date,
): Promise<Result<readonly TransferRecord[], TransferRefusal>> {
  if (commands.length > LINKED_TRANSFERS_MAX) {
    return refuse('too_many_transfers', `a linked batch has at most ${LINKED_TRANSFERS_MAX} transfers`);
  }
  const refs = commands.flatMap(refsOf);
  const unknown = await unknownAssets(tx, refs);
  if (unknown.length > 0) return refuse('asset_unknown', `no such asset is registered: ${unknown.join(', ')}`);
  await tx.query('savepoint ledger_apply');
  const world = await lockWorld(tx, commands, refs);
  const answers: TransferRecord[] = [];
  const written: TransferRecord[] = [];
  for (const command of commands) {
    const decided = decideTransfer(contextOf(world, command, now), command);
    if (!decided.ok) {
      await tx.query('rollback to savepoint ledger_apply');
      return decided;
    }
    answers.push(decided.value.record);
    if (decided.value.repeated) continue;
    written.push(decided.value.record);
    remember(world, decided.value.record, decided.value.debit, decided.value.credit);
  }
  if (written.length > 0) {
    const touched = new Set(written.flatMap((record) => [record.debitAccount, record.creditAccount]));
    await writeEffects(
      tx,
      written,
      [...world.accounts.values()].filter((account) => touched.has(account.id)),
      now,
    );
  }
  await tx.query('release savepoint ledger_apply');
  return succeed(answers);
}
