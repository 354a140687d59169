import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chain, Hex } from './port.ts';

/** A node under test, and a funded account on it. */
export interface ChainFixture {
  readonly chain: Chain;
  /** Sends wei from the funded account; resolves with the hash once mined. */
  pay(to: Hex, wei: bigint): Promise<Hex>;
  /** Deploys an ERC-20 of 6 decimals whose whole supply of 1,000,000 units the funded account holds, and sends `amount` to `to`. */
  tokenTransfer(to: Hex, amount: bigint): Promise<{ token: Hex; hash: Hex }>;
  /** Signs a payment without sending it. */
  signPayment(to: Hex, wei: bigint): Promise<Hex>;
  close(): Promise<void>;
}

/** What every adapter of the chain port must do; run it on each. */
export function chainContract(name: string, open: () => Promise<ChainFixture>): void {
  describe(`chain port: ${name}`, () => {
    let fixture: ChainFixture;
    const someone: Hex = '0x00000000000000000000000000000000000a11ce';

    beforeAll(async () => {
      fixture = await open();
    });
    afterAll(() => fixture.close());

    it('links each block to its parent, and the head is one of them', async () => {
      await fixture.pay(someone, 1n);
      const head = await fixture.chain.head();
      const block = await fixture.chain.block(head.number);
      const parent = await fixture.chain.block(head.number - 1);
      expect(block?.hash).toBe(head.hash);
      expect(block?.parentHash).toBe(parent?.hash);
      expect(await fixture.chain.block(head.number + 1_000)).toBeNull();
    });

    it('gives block 0 the pinned genesis hash', async () => {
      expect((await fixture.chain.block(0))?.hash).toBe(fixture.chain.genesisHash);
    });

    it('shows a payment in its block, its receipt and the balance of exactly that block', async () => {
      const hash = await fixture.pay(someone, 12_345n);
      const receipt = await fixture.chain.receipt(hash);
      expect(receipt).toMatchObject({ transactionHash: hash, status: 'success', to: someone, logs: [] });
      const number = receipt?.blockNumber ?? 0;
      const block = await fixture.chain.block(number);
      expect(block?.transactions.find((each) => each.hash === hash)).toMatchObject({ to: someone, value: 12_345n });
      expect(await fixture.chain.transaction(hash)).toMatchObject({ blockNumber: number, value: 12_345n });
      const after = await fixture.chain.balance(someone, number);
      expect(after - (await fixture.chain.balance(someone, number - 1))).toBe(12_345n);
    });

    it('shows a token transfer as a log of the receipt, at its position, and in the balances', async () => {
      const { token, hash } = await fixture.tokenTransfer(someone, 700n);
      const receipt = await fixture.chain.receipt(hash);
      expect(receipt?.logs).toHaveLength(1);
      expect(receipt?.logs[0]).toMatchObject({ address: token });
      const number = receipt?.blockNumber ?? 0;
      const all = await fixture.chain.receipts(receipt?.blockHash ?? '0x');
      expect(all.find((each) => each.transactionHash === hash)).toEqual(receipt);
      expect(await fixture.chain.tokenBalance(token, someone, number)).toBe(700n);
      expect(await fixture.chain.tokenBalance(token, someone, number - 1)).toBe(0n);
      expect(await fixture.chain.tokenDecimals(token)).toBe(6);
      expect((await fixture.chain.code(token, number)).length).toBeGreaterThan(2);
    });

    it('answers null, not zero, where there is no token', async () => {
      const { number } = await fixture.chain.head();
      expect(await fixture.chain.tokenBalance(someone, someone, number)).toBeNull();
      expect(await fixture.chain.tokenDecimals(someone)).toBeNull();
      expect(await fixture.chain.code(someone, number)).toBe('0x');
    });

    it('knows nothing of a hash nobody sent', async () => {
      const hash: Hex = `0x${'ab'.repeat(32)}`;
      expect(await fixture.chain.receipt(hash)).toBeNull();
      expect(await fixture.chain.transaction(hash)).toBeNull();
    });

    it('broadcasts once, and says the same hash when asked again', async () => {
      const raw = await fixture.signPayment(someone, 5n);
      const hash = await fixture.chain.broadcast(raw);
      expect(await fixture.chain.broadcast(raw)).toBe(hash);
      expect(await fixture.chain.transaction(hash)).toMatchObject({ hash, value: 5n });
    });

    it('quotes fees that a payment can be made with', async () => {
      const fees = await fixture.chain.fees();
      expect(fees.maxFeePerGas).toBeGreaterThanOrEqual(fees.maxPriorityFeePerGas);
      expect(await fixture.chain.estimateGas({ from: someone, to: someone, value: 0n, data: '0x' })).toBeGreaterThanOrEqual(
        21_000n,
      );
    });
  });
}
