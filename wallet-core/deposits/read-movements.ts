import { OutsideError } from '../../core/index.ts';
import type { Block, Hex, Receipt, ReceiptLog } from '../../platform/chain/port.ts';
import type { ChainAssets, DepositAsset } from './assets.ts';
import { addressOfTopic, type DepositChecks } from './checks.ts';

/** Money that a block moved to some address: ours or not. */
export interface Transferred {
  readonly txHash: Hex;
  /** `value`, or `log:N` with N the place inside the receipt. */
  readonly position: string;
  readonly asset: DepositAsset;
  /** minor units */
  readonly amount: bigint;
  readonly from: Hex;
  readonly to: Hex;
}

function tokenTransfer(
  log: ReceiptLog,
  place: number,
  txHash: Hex,
  assets: ChainAssets,
  checks: DepositChecks,
): Transferred | null {
  const asset = checks.tokenOf(log, assets.tokens);
  const amount = checks.fungibleAmount(log);
  const from = addressOfTopic(log.topics[1]);
  const to = addressOfTopic(log.topics[2]);
  if (asset === null || amount === null || from === null || to === null) return null;
  return { txHash, position: `log:${place}`, asset, amount, from, to };
}

/** Receipts must be those of the block's own transactions, one each, in order: a node that leaves one out hides a deposit. */
function pairedReceipts(block: Block, receipts: readonly Receipt[]): readonly Receipt[] {
  const fits =
    receipts.length === block.transactions.length &&
    receipts.every((each, index) => each.blockHash === block.hash && each.transactionHash === block.transactions[index]?.hash);
  if (fits) return receipts;
  throw new OutsideError('rpc_malformed', `the receipts of block ${block.number} are not those of its transactions`, {
    retryable: true,
  });
}

/**
 * Everything a block moved by effect: values of transactions that succeeded, and Transfer logs of listed tokens. The input of a
 * transaction is not looked at, and the port does not even carry it (E05).
 */
export function readMovements(
  block: Block,
  receipts: readonly Receipt[],
  assets: ChainAssets,
  checks: DepositChecks,
): Transferred[] {
  const found: Transferred[] = [];
  for (const [index, receipt] of pairedReceipts(block, receipts).entries()) {
    const transaction = block.transactions[index];
    if (transaction === undefined || !checks.succeeded(receipt)) continue;
    const { hash: txHash, from, to, value } = transaction;
    if (to !== null && assets.native !== null) {
      found.push({ txHash, position: 'value', asset: assets.native, amount: value, from, to });
    }
    for (const [place, log] of receipt.logs.entries()) {
      const transfer = tokenTransfer(log, place, txHash, assets, checks);
      if (transfer !== null) found.push(transfer);
    }
  }
  // Amounts of zero need no allowance of anybody and are how look-alike addresses are planted (E20).
  return found.filter((each) => each.amount > 0n && each.amount >= each.asset.minimum);
}
