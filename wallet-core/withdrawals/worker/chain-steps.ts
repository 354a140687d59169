import { getAddress, id as keccakOfText } from 'ethers';
import { type AssetId, OutsideError } from '../../../core/index.ts';
import type { Chain, Hex, Receipt } from '../../../platform/chain/port.ts';
import type { SqlTransaction } from '../../../platform/sql/port.ts';
import { SYSTEM, type TransferCommand } from '../../ledger/index.ts';
import { changeState, feeIdOf, postIdOf, reserveIdOf } from '../change-state.ts';
import { CONFIRMATIONS_DEFAULT, type WithdrawalDeps } from '../deps.ts';
import { lockWithdrawal, type Withdrawal } from '../withdrawal-rows.ts';
import type { StepOutcome } from './step.ts';

const TRANSFER_TOPIC = keccakOfText('Transfer(address,address,uint256)');

async function rawOf(deps: WithdrawalDeps, withdrawal: Withdrawal): Promise<Hex> {
  const [row] = await deps.sql.query<{ raw: Hex }>('select raw from withdrawals.transaction where hash = $1', [
    withdrawal.txHash,
  ]);
  if (row === undefined) throw new Error(`withdrawal ${withdrawal.id} is signed and has no transaction`);
  return row.raw;
}

/** signed → broadcast. Sending the same bytes again is harmless, so dying in between is too. */
export async function broadcastStep(deps: WithdrawalDeps, chain: Chain, withdrawal: Withdrawal): Promise<StepOutcome> {
  await chain.broadcast(await rawOf(deps, withdrawal));
  return deps.sql.transaction<StepOutcome>(async (tx) => {
    const locked = await lockWithdrawal(tx, deps.restrictions, withdrawal.id);
    if (locked?.state === 'signed') await changeState(deps, tx, locked, { to: 'broadcast', reason: null, actor: 'system' });
    return 'again';
  });
}

/** An address as the ABI writes it into a topic. */
function pad(address: string): string {
  return `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;
}

/** ERC-20: a transfer may answer false, or move less, in a transaction that succeeded; only its log says that it happened. */
function tokenMoved(withdrawal: Withdrawal, contract: string, receipt: Receipt): boolean {
  return receipt.logs.some(
    (log) =>
      log.address === contract.toLowerCase() &&
      log.topics.length === 3 &&
      log.topics[0] === TRANSFER_TOPIC &&
      log.topics[1] === pad(withdrawal.sender ?? '0x') &&
      log.topics[2] === pad(withdrawal.payee) &&
      log.data.length === 66 &&
      BigInt(log.data) === withdrawal.amount,
  );
}

/** The network fee as spent: the house's expense, out of the hot wallet. */
function feeLine(withdrawal: Withdrawal, native: AssetId, receipt: Receipt): TransferCommand[] {
  const amount = receipt.gasUsed * receipt.effectiveGasPrice;
  if (amount === 0n) return [];
  return [
    {
      kind: 'single',
      id: feeIdOf(withdrawal.id),
      code: 'network_fee',
      debit: { owner: SYSTEM, kind: 'fees', asset: native },
      credit: { owner: SYSTEM, kind: 'hot_wallet', asset: native },
      amount,
    },
  ];
}

async function book(
  deps: WithdrawalDeps,
  tx: SqlTransaction,
  lines: readonly TransferCommand[],
  withdrawal: Withdrawal,
): Promise<void> {
  const answer = await deps.ledger.apply(tx, lines);
  if (!answer.ok) throw new Error(`the books refuse the end of withdrawal ${withdrawal.id}: ${answer.refusal.code}`);
}

async function settle(deps: WithdrawalDeps, tx: SqlTransaction, withdrawal: Withdrawal, receipt: Receipt): Promise<void> {
  const assets = await deps.ledger.assets(tx);
  const asset = assets.find((each) => each.id === withdrawal.asset);
  const native = assets.find((each) => each.chainId === withdrawal.chainId && each.contract === null);
  if (asset === undefined || native === undefined) throw new Error(`chain ${withdrawal.chainId} has no registered native coin`);
  const end = { actor: 'system', blockNumber: receipt.blockNumber } as const;
  const fee = feeLine(withdrawal, native.id, receipt);
  if (receipt.status === 'reverted') {
    await book(deps, tx, fee, withdrawal);
    await changeState(deps, tx, withdrawal, { ...end, to: 'failed', reason: 'reverted_on_chain' });
    return;
  }
  if (asset.contract !== null && !tokenMoved(withdrawal, asset.contract, receipt)) {
    // Neither paid nor surely unpaid: giving it back could pay twice, so people look.
    throw new OutsideError('token_log_missing', `the token of withdrawal ${withdrawal.id} logged no such transfer`, {
      retryable: false,
    });
  }
  const post: TransferCommand = {
    kind: 'post',
    id: postIdOf(withdrawal.id),
    pendingId: reserveIdOf(withdrawal.id),
    code: 'withdrawal_post',
  };
  await book(deps, tx, [post, ...fee], withdrawal);
  await changeState(deps, tx, withdrawal, { ...end, to: 'confirmed', reason: null });
  await tx.query(
    `update withdrawals.payee set confirmed_at = coalesce(confirmed_at, $4)
      where account_id = $1 and chain_id = $2 and address = $3`,
    [withdrawal.accountId, withdrawal.chainId, getAddress(withdrawal.payee), new Date(deps.clock.now())],
  );
}

async function seen(deps: WithdrawalDeps, id: string, receipt: Receipt, deepEnough: boolean): Promise<StepOutcome> {
  return deps.sql.transaction(async (tx) => {
    const withdrawal = await lockWithdrawal(tx, deps.restrictions, id);
    if (withdrawal?.state === 'broadcast') {
      await changeState(deps, tx, withdrawal, {
        to: 'confirming',
        reason: null,
        actor: 'system',
        blockNumber: receipt.blockNumber,
      });
      return deepEnough ? 'again' : 'wait';
    }
    if (withdrawal?.state !== 'confirming') return 'again';
    if (!deepEnough) return 'wait';
    await settle(deps, tx, withdrawal, receipt);
    return 'done';
  });
}

async function unseen(deps: WithdrawalDeps, chain: Chain, withdrawal: Withdrawal, hash: Hex): Promise<StepOutcome> {
  if (withdrawal.state === 'confirming') {
    await deps.sql.transaction(async (tx) => {
      const locked = await lockWithdrawal(tx, deps.restrictions, withdrawal.id);
      if (locked?.state === 'confirming')
        await changeState(deps, tx, locked, { to: 'broadcast', reason: 'reorganised', actor: 'system' });
    });
  }
  // Dropped from the pool or reorganised away: the same bytes again, never another nonce (attack T22).
  if ((await chain.transaction(hash)) === null) await chain.broadcast(await rawOf(deps, withdrawal));
  return 'wait';
}

/** broadcast → confirming → confirmed, or failed when the chain reverted it. */
export async function watchStep(deps: WithdrawalDeps, chain: Chain, withdrawal: Withdrawal): Promise<StepOutcome> {
  const hash = withdrawal.txHash;
  if (hash === null) throw new Error(`withdrawal ${withdrawal.id} is on its way and has no transaction`);
  const receipt = await chain.receipt(hash);
  if (receipt === null) return unseen(deps, chain, withdrawal, hash);
  const head = await chain.head();
  const needed = deps.limits.confirmations.get(withdrawal.chainId) ?? CONFIRMATIONS_DEFAULT;
  return seen(deps, withdrawal.id, receipt, head.number - receipt.blockNumber + 1 >= needed);
}
