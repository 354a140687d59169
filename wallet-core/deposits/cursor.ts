import { OutsideError } from '../../core/index.ts';
import type { Hex } from '../../platform/chain/port.ts';
import type { SqlExecutor, SqlTransaction } from '../../platform/sql/port.ts';
import type { DepositContext, WatchedChain } from './context.ts';

/** Everything up to and including this block was read. Number −1 stands before block 0. */
export interface Cursor {
  readonly number: number;
  readonly hash: Hex;
}

/** Block hashes kept below the cursor: the deepest branch that can be walked back. Ethereum finalizes within 64 blocks, others within hundreds. */
const HASHES_KEPT = 20_000;
const BEFORE_GENESIS: Cursor = { number: -1, hash: `0x${'0'.repeat(64)}` };

interface CursorRow extends Record<string, unknown> {
  readonly number: bigint;
  readonly hash: Hex;
  readonly genesis_hash: Hex;
}

async function select(
  executor: SqlExecutor,
  chainId: number,
  lock: '' | ' for update' | ' for share',
): Promise<CursorRow | null> {
  const rows = await executor.query<CursorRow>(
    `select number, hash, genesis_hash from deposits.cursor where chain_id = $1${lock}`,
    [chainId],
  );
  return rows[0] ?? null;
}

async function anchor(watched: WatchedChain): Promise<Cursor> {
  if (watched.startBlock === 0) return BEFORE_GENESIS;
  const block = await watched.chain.block(watched.startBlock - 1);
  if (block !== null) return { number: block.number, hash: block.hash };
  throw new OutsideError('start_block_unknown', `${watched.name} has no block ${watched.startBlock - 1} yet`, {
    retryable: true,
  });
}

/**
 * Where reading of the chain stands; written on the first ask. Throws OutsideError `wrong_chain` when the genesis differs from the
 * one that was first seen: another chain with the same id took its place, and its deposits are none of ours.
 */
export async function readCursor(context: DepositContext, watched: WatchedChain): Promise<Cursor> {
  const { chainId, genesisHash } = watched.chain;
  let row = await select(context.sql, chainId, '');
  if (row === null) {
    const { number, hash } = await anchor(watched);
    await context.sql.transaction(async (tx) => {
      await tx.query(
        'insert into deposits.cursor (chain_id, genesis_hash, number, hash) values ($1, $2, $3, $4) on conflict do nothing',
        [chainId, genesisHash, number, hash],
      );
      await tx.query('insert into deposits.block (chain_id, number, hash) values ($1, $2, $3) on conflict do nothing', [
        chainId,
        number,
        hash,
      ]);
    });
    row = await select(context.sql, chainId, '');
  }
  if (row === null) throw new Error('a cursor that was written is not there');
  if (row.genesis_hash !== genesisHash) {
    throw new OutsideError(
      'wrong_chain',
      `${watched.name} has genesis ${genesisHash}, and was read before with genesis ${row.genesis_hash}: point it at the same chain again`,
      { retryable: false },
    );
  }
  return { number: Number(row.number), hash: row.hash };
}

/** Takes the cursor's row until commit; false when another watcher moved it since `expected` was read. */
export async function holdCursor(tx: SqlTransaction, chainId: number, expected: Cursor): Promise<boolean> {
  const row = await select(tx, chainId, ' for update');
  return row !== null && Number(row.number) === expected.number && row.hash === expected.hash;
}

/** Keeps the cursor where it is until commit, beside others who do the same. */
export async function shareCursor(tx: SqlTransaction, chainId: number): Promise<void> {
  await select(tx, chainId, ' for share');
}

/** Moves the cursor one block on. */
export async function advanceCursor(tx: SqlTransaction, chainId: number, to: Cursor): Promise<void> {
  await tx.query('insert into deposits.block (chain_id, number, hash) values ($1, $2, $3)', [chainId, to.number, to.hash]);
  await tx.query('delete from deposits.block where chain_id = $1 and number <= $2', [chainId, to.number - HASHES_KEPT]);
  await tx.query('update deposits.cursor set number = $2, hash = $3 where chain_id = $1', [chainId, to.number, to.hash]);
}

/** Moves the cursor back to a block that was read before. */
export async function rewindCursor(tx: SqlTransaction, chainId: number, to: Cursor): Promise<void> {
  await tx.query('delete from deposits.block where chain_id = $1 and number > $2', [chainId, to.number]);
  await tx.query('update deposits.cursor set number = $2, hash = $3 where chain_id = $1', [chainId, to.number, to.hash]);
}

/** The hash under which a block was read; null where it is no longer (or was never) kept. */
export async function hashRead(executor: SqlExecutor, chainId: number, number: number): Promise<Hex | null> {
  const rows = await executor.query<{ hash: Hex }>('select hash from deposits.block where chain_id = $1 and number = $2', [
    chainId,
    number,
  ]);
  return rows[0]?.hash ?? null;
}
