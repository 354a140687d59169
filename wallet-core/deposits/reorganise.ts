import { OutsideError } from '../../core/index.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';
import { SYSTEM } from '../ledger/index.ts';
import type { DepositContext, WatchedChain } from './context.ts';
import { type Cursor, hashRead, holdCursor, rewindCursor } from './cursor.ts';
import { depositData, type Movement, selectMovements } from './movement-rows.ts';

const REASON = 'block_reorganised';

/** The newest block that was read and is still on the chain's branch; null where the branch turns out to be the same after all. */
async function commonAncestor(context: DepositContext, watched: WatchedChain, from: Cursor): Promise<Cursor | null> {
  // A shorter branch has nothing above its head to compare with: what was read there went with the block that differs below.
  const start = Math.min(from.number, (await watched.chain.head()).number);
  for (let number = start; number >= 0; number -= 1) {
    const hash = await hashRead(context.sql, watched.chain.chainId, number);
    if (hash === null) {
      throw new OutsideError(
        'reorg_beyond_history',
        `${watched.name} left its branch below block ${number + 1}, deeper than is kept: credits stop until somebody looks`,
        { retryable: false },
      );
    }
    const block = await watched.chain.block(number);
    if (block === null) {
      // Absence is no evidence: a node that cannot serve an old block must not undo a credit.
      throw new OutsideError('block_missing', `${watched.name} does not serve block ${number}`, { retryable: true });
    }
    if (block.hash === hash) return number === start ? null : { number, hash };
  }
  // The genesis is pinned, so the chain can at most have lost everything after it.
  return { number: -1, hash: `0x${'0'.repeat(64)}` };
}

async function reverseCredit(context: DepositContext, tx: SqlTransaction, movement: Movement, credited: bigint): Promise<void> {
  const taken = await context.ledger.takeBack(tx, {
    id: `${movement.id}:${movement.incarnation}`,
    accountId: movement.accountId,
    asset: movement.asset,
    amount: credited,
    to: { owner: SYSTEM, kind: 'deposits_onchain', asset: movement.asset },
    code: 'deposit_reversal',
  });
  if (!taken.ok) throw new Error(`the ledger refused to reverse deposit ${movement.id}: ${taken.refusal.code}`);
  await context.restrictions.impose(tx, {
    accountId: movement.accountId,
    kind: 'restrict',
    cause: { kind: 'rule', id: 'deposit.reversed' },
    author: 'rule:deposit.reversed',
    reason: 'A deposit that had been credited was undone by its chain.',
  });
  await context.outbox.append(tx, {
    type: 'wallet.deposit.reversed',
    subject: movement.accountId,
    data: { ...depositData(movement), amount: credited.toString(), reason: REASON },
  });
  await context.audit.append(tx, {
    kind: 'deposit_reversed',
    actor: 'system',
    subject: movement.id,
    details: {
      incarnation: movement.incarnation,
      block_hash: movement.blockHash,
      taken: taken.value.taken.toString(),
      receivable: taken.value.receivable.toString(),
    },
  });
}

async function undo(context: DepositContext, tx: SqlTransaction, movement: Movement): Promise<void> {
  const credited = movement.state === 'credited' ? movement.credited : null;
  if (credited !== null) await reverseCredit(context, tx, movement, credited);
  await tx.query('update deposits.movement set state = $2, reason = $3, attack = $4, settled_at = $5 where id = $1', [
    movement.id,
    credited === null ? 'orphaned' : 'reversed',
    REASON,
    'E12',
    new Date(context.clock.now()),
  ]);
}

/**
 * Goes back to where the branches part: uncredited movements above it are orphaned, credited ones reversed (what was spent becomes
 * a receivable) and the account restricted, in one transaction with the cursor. What the new branch still holds is read again.
 * False when there was nothing to undo, or another watcher did it.
 */
export async function reorganise(context: DepositContext, watched: WatchedChain, cursor: Cursor): Promise<boolean> {
  const ancestor = await commonAncestor(context, watched, cursor);
  if (ancestor === null) return false;
  const chainId = watched.chain.chainId;
  return context.sql.transaction(async (tx) => {
    if (!(await holdCursor(tx, chainId, cursor))) return false;
    const gone = await selectMovements(
      tx,
      `chain_id = $1 and block_number > $2 and state in ('observed', 'credited', 'held', 'rejected')
       order by account_id, id for update`,
      [chainId, ancestor.number],
    );
    for (const movement of gone) await undo(context, tx, movement);
    await rewindCursor(tx, chainId, ancestor);
    return true;
  });
}
