import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block, Hex, Receipt } from '../../platform/chain/index.ts';
import { assetsOfChain, type DepositAsset } from './assets.ts';
import { STRICT_CHECKS, TRANSFER_TOPIC } from './checks.ts';
import { readMovements } from './read-movements.ts';
import { CHAIN_ID, NATIVE } from './testing.ts';

const TOKEN: Hex = `0x${'aa'.repeat(20)}`;
const OTHER: Hex = `0x${'bb'.repeat(20)}`;
const SENDER: Hex = `0x${'01'.repeat(20)}`;
const OURS: Hex = `0x${'02'.repeat(20)}`;
const HASH: Hex = `0x${'cc'.repeat(32)}`;
const BLOCK_HASH: Hex = `0x${'dd'.repeat(32)}`;

const listed: DepositAsset = {
  ...NATIVE,
  id: `eip155:${CHAIN_ID}/erc20:${TOKEN}` as DepositAsset['id'],
  contract: TOKEN,
  codeHash: HASH,
  minimum: 10n,
};
const assets = assetsOfChain([NATIVE, listed], CHAIN_ID);

function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`;
}

const addressWord = fc.constantFrom(word(BigInt(SENDER)), word(BigInt(OURS)), word((1n << 200n) + BigInt(OURS)));
const log = fc.record({
  address: fc.constantFrom(TOKEN, OTHER),
  topics: fc.array(fc.oneof(fc.constant(TRANSFER_TOPIC), addressWord), { maxLength: 4 }),
  data: fc.oneof(fc.constant<Hex>('0x'), fc.bigInt(0n, 2n ** 256n - 1n).map(word), fc.constant<Hex>(`${word(5n)}00`)),
});

function one(receipt: Partial<Receipt>, value = 0n): { block: Block; receipts: Receipt[] } {
  const transaction = { hash: HASH, from: SENDER, to: OURS, value, nonce: 0, type: 2 };
  const block = { number: 1, hash: BLOCK_HASH, parentHash: HASH, timestamp: 0, transactions: [transaction] };
  const whole: Receipt = {
    transactionHash: HASH,
    blockHash: BLOCK_HASH,
    blockNumber: 1,
    status: 'success',
    from: SENDER,
    to: OURS,
    logs: [],
    gasUsed: 21_000n,
    effectiveGasPrice: 1n,
    ...receipt,
  };
  return { block, receipts: [whole] };
}

describe('reading what a block moved', () => {
  it('counts exactly the logs of a listed token with three topics, one word of data, clean addresses and enough of an amount', () => {
    fc.assert(
      fc.property(fc.array(log, { maxLength: 12 }), (logs) => {
        const { block, receipts } = one({ logs });
        const found = readMovements(block, receipts, assets, STRICT_CHECKS);
        const expected = logs.flatMap((each, index) => {
          const [topic, from, to] = each.topics;
          const clean = (topicWord?: Hex) => topicWord !== undefined && BigInt(topicWord) < 2n ** 160n;
          const counts =
            each.address === TOKEN &&
            each.topics.length === 3 &&
            topic === TRANSFER_TOPIC &&
            clean(from) &&
            clean(to) &&
            each.data.length === 66 &&
            BigInt(each.data) >= 10n;
          return counts ? [{ position: `log:${index}`, amount: BigInt(each.data) }] : [];
        });
        expect(found.map(({ position, amount }) => ({ position, amount }))).toEqual(expected);
      }),
    );
  });

  it('counts nothing of a transaction that failed', () => {
    const { block, receipts } = one({ status: 'reverted' }, 900n);
    expect(readMovements(block, receipts, assets, STRICT_CHECKS)).toEqual([]);
    expect(readMovements(block, [{ ...receipts[0], status: 'success' } as Receipt], assets, STRICT_CHECKS)).toHaveLength(1);
  });

  it('refuses receipts that are not those of the block, so that a node cannot leave one out', () => {
    const { block, receipts } = one({}, 900n);
    const wrong: readonly (readonly Receipt[])[] = [
      [],
      [...receipts, ...receipts],
      receipts.map((each) => ({ ...each, blockHash: HASH })),
    ];
    for (const each of wrong) {
      expect(() => readMovements(block, each, assets, STRICT_CHECKS)).toThrow('are not those of its transactions');
    }
  });
});
