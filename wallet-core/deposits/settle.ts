import { canonicalJson, hashJson, OutsideError } from '../../core/index.ts';
import type { BlockHeader } from '../../platform/chain/port.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';
import { SYSTEM, transferIdOf } from '../ledger/index.ts';
import type { DepositContext, WatchedChain } from './context.ts';
import { shareCursor } from './cursor.ts';
import { type Examination, examine } from './examine.ts';
import { depositData, type Movement, selectMovements } from './movement-rows.ts';

/** Groups settled in one tick: each costs nine reads of the chain. */
const GROUPS_PER_TICK = 200;

type Decided = Exclude<Examination, { kind: 'wait' }>;

const STATE = { credit: 'credited', hold: 'held', reject: 'rejected' } as const;

async function creditLedger(context: DepositContext, tx: SqlTransaction, movement: Movement, amount: bigint): Promise<void> {
  const { id, incarnation, accountId, asset } = movement;
  const done = await context.ledger.apply(tx, [
    {
      kind: 'single',
      id: transferIdOf('deposit', id, String(incarnation)),
      code: 'deposit_credit',
      debit: { owner: SYSTEM, kind: 'deposits_onchain', asset },
      credit: { owner: accountId, kind: 'customer_available', asset },
      amount,
    },
  ]);
  if (done.ok) return;
  throw new OutsideError('ledger_refused', `deposit ${id} waits: the ledger refused its credit (${done.refusal.code})`, {
    retryable: true,
  });
}

/** Evidence, its hash in the audit log, the money and the event: one transaction. */
async function settleOne(
  context: DepositContext,
  tx: SqlTransaction,
  movement: Movement,
  decided: Decided,
  head: BlockHeader,
): Promise<void> {
  const state = STATE[decided.kind];
  const credited = decided.credited.get(movement.id) ?? null;
  const evidence = {
    ...decided.facts,
    deposit_id: movement.id,
    incarnation: movement.incarnation,
    account_id: movement.accountId,
    tx_hash: movement.txHash,
    position: movement.position,
    block_number: movement.blockNumber,
    asset: movement.asset,
    from: movement.from,
    to: movement.to,
    raw_amount: movement.amount.toString(),
    credited: credited === null ? null : credited.toString(),
    verdict: decided.kind,
    reason: decided.reason,
    attack: decided.attack,
  };
  const hash = hashJson(evidence);
  const now = new Date(context.clock.now());
  await tx.query(
    'update deposits.movement set state = $2, reason = $3, attack = $4, credited = $5, settled_at = $6 where id = $1',
    [movement.id, state, decided.reason, decided.attack, credited, now],
  );
  await tx.query('insert into deposits.evidence (deposit_id, incarnation, hash, body, at) values ($1, $2, $3, $4, $5)', [
    movement.id,
    movement.incarnation,
    hash,
    canonicalJson(evidence),
    now,
  ]);
  if (credited !== null) await creditLedger(context, tx, movement, credited);
  const details = { evidence_hash: hash, incarnation: movement.incarnation, reason: decided.reason, attack: decided.attack };
  await context.audit.append(tx, { kind: `deposit_${state}`, actor: 'system', subject: movement.id, details });
  await announce(context, tx, movement, decided, { hash, credited, confirmations: head.number - movement.blockNumber + 1 });
}

async function announce(
  context: DepositContext,
  tx: SqlTransaction,
  movement: Movement,
  decided: Decided,
  settled: { hash: string; credited: bigint | null; confirmations: number },
): Promise<void> {
  const subject = movement.accountId;
  if (settled.credited !== null) {
    const amount = settled.credited.toString();
    const { confirmations, hash } = settled;
    const data = { ...depositData(movement), amount, confirmations, evidence_hash: hash };
    await context.outbox.append(tx, { type: 'wallet.deposit.confirmed', subject, data });
  }
  if (decided.kind === 'reject') {
    const { chainId, txHash } = movement;
    const { attack, reason } = decided;
    const data = { claim_id: null, chain_id: chainId, tx_hash: txHash, attack, reason: reason ?? 'rejected' };
    await context.outbox.append(tx, { type: 'wallet.deposit.rejected', subject, data });
  }
}

/** All movements of one asset to one address in one block: they share a balance, so they are decided together or not at all. */
interface GroupKey extends Record<string, unknown> {
  readonly block_number: bigint;
  readonly block_hash: string;
  readonly to_address: string;
  readonly asset: string;
}

const IN_GROUP = `chain_id = $1 and block_number = $2 and block_hash = $3 and to_address = $4 and asset = $5 and state = 'observed'`;

async function settleGroup(
  context: DepositContext,
  watched: WatchedChain,
  key: GroupKey,
  finality: { readonly head: BlockHeader; readonly finalNumber: number },
): Promise<void> {
  const values = [watched.chain.chainId, key.block_number, key.block_hash, key.to_address, key.asset];
  const group = await selectMovements(context.sql, `${IN_GROUP} order by id`, values);
  if (group.length === 0) return;
  const decided = await examine(context, watched, group, finality);
  if (decided.kind === 'wait') return;
  await context.sql.transaction(async (tx) => {
    // A reorganisation takes this row for itself: either it comes first and the rows below are gone, or it finds them settled.
    await shareCursor(tx, watched.chain.chainId);
    const still = await selectMovements(tx, `${IN_GROUP} order by id for update`, values);
    // Another watcher settled it, or the chain took it back: the whole group is looked at again, or is done.
    if (still.length !== group.length || still.some((each, index) => each.incarnation !== group[index]?.incarnation)) return;
    for (const movement of still) await settleOne(context, tx, movement, decided, finality.head);
  });
}

/** The newest block that is final enough; −1 where none is. */
async function newestFinal(watched: WatchedChain, head: BlockHeader): Promise<number> {
  if (watched.finality.kind === 'confirmations') return head.number - watched.finality.count + 1;
  return (await watched.chain.finalized())?.number ?? -1;
}

/**
 * Credits, holds or rejects every observed movement whose block is final. One that cannot be looked at now stays observed and is
 * tried again; the others go on. Gives how many groups failed, after telling `onError` of each.
 */
export async function settleMovements(
  context: DepositContext,
  watched: WatchedChain,
  onError: (error: unknown) => void,
): Promise<number> {
  const head = await watched.chain.head();
  const finalNumber = await newestFinal(watched, head);
  const groups = await context.sql.query<GroupKey>(
    `select block_number, block_hash, to_address, asset from deposits.movement where chain_id = $1 and state = 'observed'
      group by block_number, block_hash, to_address, asset order by block_number, to_address, asset limit $2`,
    [watched.chain.chainId, GROUPS_PER_TICK],
  );
  let failed = 0;
  for (const group of groups) {
    if (!context.checks.isFinal(Number(group.block_number), finalNumber)) continue;
    try {
      await settleGroup(context, watched, group, { head, finalNumber });
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      failed += 1;
      onError(error);
    }
  }
  return failed;
}
