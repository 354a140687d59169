import { type DepositId, uuidV7 } from '../../core/index.ts';
import type { Block } from '../../platform/chain/port.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';
import type { DepositContext, WatchedChain } from './context.ts';
import { advanceCursor, type Cursor, hashRead, holdCursor, readCursor } from './cursor.ts';
import { depositData, insertMovement } from './movement-rows.ts';
import { readMovements, type Transferred } from './read-movements.ts';

/** Blocks in one tick: keeps a tick under a few seconds, so that settling is not starved while catching up. */
const BLOCKS_PER_TICK = 200;

export type ScanEnd =
  /** Read up to the head. */
  | { readonly kind: 'caught_up'; readonly scanned: number }
  /** More blocks are there. */
  | { readonly kind: 'behind'; readonly scanned: number }
  /** What was read is not on the chain's branch any more. */
  | { readonly kind: 'reorganised'; readonly cursor: Cursor };

async function recordMovements(
  context: DepositContext,
  watched: WatchedChain,
  tx: SqlTransaction,
  block: Block,
  found: readonly Transferred[],
) {
  const chainId = watched.chain.chainId;
  const owners = await context.addresses.owners(
    tx,
    chainId,
    found.map((each) => each.to),
  );
  for (const { asset, ...transferred } of found) {
    const accountId = owners.get(transferred.to);
    if (accountId === undefined) continue;
    const movement = await insertMovement(tx, {
      ...transferred,
      id: uuidV7<DepositId>(context.clock, context.random),
      chainId,
      asset: asset.id,
      accountId,
      blockNumber: block.number,
      blockHash: block.hash,
      observedAt: new Date(context.clock.now()),
    });
    if (movement === null) continue;
    const data = { ...depositData(movement), confirmations: 1 };
    await context.outbox.append(tx, { type: 'wallet.deposit.observed', subject: accountId, data });
  }
}

/** Writes one block's movements and the cursor together; false when another watcher was faster. */
async function recordBlock(context: DepositContext, watched: WatchedChain, cursor: Cursor, block: Block): Promise<boolean> {
  const { chain, assets } = watched;
  const receipts = block.transactions.length === 0 ? [] : await chain.receipts(block.hash);
  const found = readMovements(block, receipts, assets, context.checks);
  return context.sql.transaction(async (tx) => {
    if (!(await holdCursor(tx, chain.chainId, cursor))) return false;
    await recordMovements(context, watched, tx, block, found);
    await advanceCursor(tx, chain.chainId, { number: block.number, hash: block.hash });
    return true;
  });
}

/** A head below the cursor is a node that lags behind, unless its branch is another one. */
async function branchHolds(context: DepositContext, watched: WatchedChain, cursor: Cursor, headNumber: number): Promise<boolean> {
  const number = Math.min(cursor.number, headNumber);
  if (number < 0) return true;
  const read = number === cursor.number ? cursor.hash : await hashRead(context.sql, watched.chain.chainId, number);
  const block = await watched.chain.block(number);
  return block === null || read === null || read === block.hash;
}

/** Reads on from the cursor, block by block without a gap, at most 200 of them. Throws OutsideError; nothing is skipped then. */
export async function scanBlocks(context: DepositContext, watched: WatchedChain): Promise<ScanEnd> {
  let cursor = await readCursor(context, watched);
  const head = await watched.chain.head();
  if (!(await branchHolds(context, watched, cursor, head.number))) return { kind: 'reorganised', cursor };
  let scanned = 0;
  while (cursor.number < head.number) {
    if (scanned === BLOCKS_PER_TICK) return { kind: 'behind', scanned };
    const block = await watched.chain.block(cursor.number + 1);
    if (block === null) break;
    if (block.parentHash !== cursor.hash) return { kind: 'reorganised', cursor };
    const first = await recordBlock(context, watched, cursor, block);
    cursor = first ? { number: block.number, hash: block.hash } : await readCursor(context, watched);
    scanned += 1;
  }
  return { kind: 'caught_up', scanned };
}
