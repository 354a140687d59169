import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type AssetId, uuidFromDigest } from '../../../core/index.ts';
import { type AccountRef, SYSTEM } from '../chart.ts';
import type { TransferCommand } from '../transfer.ts';

export const TEST_ASSETS = ['iso4217:USD' as AssetId, 'eip155:31337/slip44:60' as AssetId] as const;
export const TEST_NOW_MS = Date.UTC(2026, 10, 21);

/** A small world, so that random commands often meet: few accounts, few ids, small amounts. */
const accounts: readonly AccountRef[] = TEST_ASSETS.flatMap((asset) => [
  { owner: 'alice', kind: 'customer_available' as const, asset },
  { owner: 'alice', kind: 'customer_held' as const, asset },
  { owner: 'bob', kind: 'customer_available' as const, asset },
  { owner: SYSTEM, kind: 'hot_wallet' as const, asset },
]);

export function testTransferId(index: number): string {
  return uuidFromDigest(createHash('sha256').update(`test transfer ${index}`).digest());
}

const id = fc.integer({ min: 0, max: 40 }).map(testTransferId);
const account = fc.constantFrom(...accounts);
const amount = fc.oneof(
  { weight: 8, arbitrary: fc.bigInt({ min: 1n, max: 12n }) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 2n ** 200n) },
);
const expiresAt = fc.constantFrom(null, new Date(TEST_NOW_MS + 1_000), new Date(TEST_NOW_MS - 1));

export const commandArbitrary: fc.Arbitrary<TransferCommand> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('single' as const),
      id,
      code: fc.constant('test'),
      debit: account,
      credit: account,
      amount,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('pending' as const),
      id,
      code: fc.constant('test'),
      debit: account,
      credit: account,
      amount,
      expiresAt,
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({ id, pendingId: id, partial: fc.option(fc.bigInt({ min: 0n, max: 12n })) })
      .map(({ id: own, pendingId, partial }) => ({
        kind: 'post' as const,
        id: own,
        code: 'test',
        pendingId,
        ...(partial === null ? {} : { amount: partial }),
      })),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('void' as const), id, code: fc.constant('test'), pendingId: id }) },
);
