import { randomUUID } from 'node:crypto';
import { getAddress, getCreateAddress } from 'ethers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MINUTE_MS, OutsideError } from '../../../core/index.ts';
import { cancelWithdrawal } from '../end-withdrawal.ts';
import { createWithdrawals, type WithdrawalDeps } from '../index.ts';
import { proveStepUp } from '../step-up.ts';
import { killable } from '../testing/killable.ts';
import {
  GOOD_CODE,
  newPayee,
  ONE_ETHER,
  openWithdrawalWorld,
  testClient,
  type WithdrawalWorld,
} from '../testing/withdrawal-world.ts';
import type { Withdrawal } from '../withdrawal-rows.ts';
import { createWithdrawalWorker } from './worker.ts';

let world: WithdrawalWorld;
beforeAll(async () => {
  world = await openWithdrawalWorld({ tokens: ['PlainToken', 'SilentFalseToken'] });
});
afterAll(() => world.close());
beforeEach(() => world.rpc('evm_setAutomine', true));

const FUNDS = 10n * ONE_ETHER;

async function approved(overrides: Parameters<WithdrawalWorld['ask']>[1] = {}, asset = overrides.asset): Promise<Withdrawal> {
  const account = await world.fund(randomUUID(), FUNDS, asset as Parameters<WithdrawalWorld['fund']>[2]);
  return world.judge(await world.ask(account, overrides));
}

/** Ticks and mines until nothing under way is left to do. */
async function settle(id: string, ticks = 12): Promise<Withdrawal> {
  for (let tick = 0; tick < ticks; tick += 1) {
    world.clock.advance(1);
    await world.withdrawals.worker.tick();
    await world.rpc('anvil_mine', '0x2');
  }
  return world.read(id);
}

async function balanceOnChain(address: string): Promise<bigint> {
  return world.chain.balance(address.toLowerCase() as `0x${string}`, (await world.chain.head()).number);
}

async function noncesOf(ids: readonly string[]): Promise<number[]> {
  const rows = await world.sql.query<{ nonce: bigint }>(
    'select nonce from withdrawals.nonce where withdrawal_id = any($1::uuid[]) and released_at is null order by nonce',
    [ids],
  );
  return rows.map((row) => Number(row.nonce));
}

async function transactionsOf(id: string): Promise<number> {
  return (await world.sql.query('select 1 from withdrawals.transaction where withdrawal_id = $1', [id])).length;
}

describe('the way to the chain', () => {
  test('ether: paid once, posted, the network fee booked, the payee known afterwards', async () => {
    const withdrawal = await approved();
    const done = await settle(withdrawal.id);
    expect(done).toMatchObject({ state: 'confirmed', expiresAt: null });
    expect(await balanceOnChain(withdrawal.payee)).toBe(100n);
    expect(await world.balance(withdrawal.accountId)).toEqual({ available: FUNDS - 100n, outgoing: 0n });
    expect((await world.events(withdrawal.accountId)).slice(-5)).toEqual([
      'wallet.withdrawal.requested',
      'wallet.withdrawal.approved',
      'wallet.withdrawal.signed',
      'wallet.withdrawal.broadcast',
      'wallet.withdrawal.confirmed',
    ]);
    const receipt = await world.chain.receipt(done.txHash ?? '0x');
    const [fee] = await world.sql.query<{ amount: string }>(
      `select amount from ledger.transfer where code = 'network_fee' order by created_at desc limit 1`,
    );
    expect(BigInt(fee?.amount ?? 0)).toBe((receipt?.gasUsed ?? 0n) * (receipt?.effectiveGasPrice ?? 0n));
    expect(await world.ledger.balanced(world.sql)).toMatchObject({ ok: true });
    await world.ask(withdrawal.accountId, { payee: withdrawal.payee });
    const [event] = await world.sql.query<{ is_new: boolean }>(
      `select (body::jsonb -> 'data' ->> 'payee_is_new')::boolean as is_new from outbox.message
        where key = $1 and body::jsonb ->> 'type' = 'wallet.withdrawal.requested' order by (body::jsonb ->> 'sequence')::bigint desc limit 1`,
      [withdrawal.accountId],
    );
    expect(event?.is_new).toBe(false);
  });

  test('a token, after a passed second factor', async () => {
    const token = world.tokens[0];
    if (token === undefined) throw new Error('the world has a token');
    await world.treasury.call('PlainToken', token.contract as `0x${string}`, 'transfer', [world.signer.address, 5_000n]);
    const account = await world.fund(randomUUID(), 1_000n, token.id);
    const payee = newPayee();
    const { id } = await world.judge(await world.ask(account, { asset: token.id, payee, amount: '700' }), {
      outcome: 'challenge',
    });
    await world.withdrawals.worker.tick();
    expect(await world.read(id)).toMatchObject({ state: 'awaiting_step_up' });
    expect(await proveStepUp(world.deps, { accountId: account, client: testClient }, id, GOOD_CODE)).toMatchObject({ ok: true });
    expect(await settle(id)).toMatchObject({ state: 'confirmed' });
    const head = await world.chain.head();
    expect(
      await world.chain.tokenBalance(
        token.contract.toLowerCase() as `0x${string}`,
        payee.toLowerCase() as `0x${string}`,
        head.number,
      ),
    ).toBe(700n);
    expect(await world.balance(account, token.id)).toEqual({ available: 300n, outgoing: 0n });
  });

  test('from the nonce on nobody can stop it; before, a freeze does', async () => {
    await world.rpc('evm_setAutomine', false);
    const onItsWay = await approved();
    await world.withdrawals.worker.tick();
    expect(await world.read(onItsWay.id)).toMatchObject({ state: 'broadcast' });
    expect(await cancelWithdrawal(world.deps, onItsWay.id, onItsWay.accountId)).toMatchObject({
      refusal: { code: 'withdrawal_under_way' },
    });
    const frozen = await approved();
    await world.sql.transaction((tx) =>
      world.restrictions.impose(tx, {
        accountId: frozen.accountId,
        kind: 'freeze',
        cause: { kind: 'staff', id: 's' },
        author: 'staff:s',
        reason: 'test',
      }),
    );
    await world.withdrawals.worker.tick();
    expect(await world.read(frozen.id)).toMatchObject({ state: 'held', holdCause: 'account_blocked', nonce: null });
    expect(await settle(onItsWay.id)).toMatchObject({ state: 'confirmed' });
  });

  test('a payee that burns gas at our expense is not paid', async () => {
    const payee = newPayee();
    // Twelve times SSTORE to a fresh slot (22,100 gas each), then STOP.
    const burn = Array.from({ length: 12 }, (_, slot) => `600160${slot.toString(16).padStart(2, '0')}55`).join('');
    await world.rpc('anvil_setCode', payee, `0x${burn}00`);
    const withdrawal = await approved({ payee });
    expect(await settle(withdrawal.id, 2)).toMatchObject({ state: 'approved', nonce: null });
    expect(await transactionsOf(withdrawal.id)).toBe(0);
    const [row] = await world.sql.query('select last_error from withdrawals.withdrawal where id = $1', [withdrawal.id]);
    expect(row).toEqual({ last_error: 'payee_needs_too_much_gas' });
    expect(await cancelWithdrawal(world.deps, withdrawal.id, withdrawal.accountId)).toMatchObject({ ok: true });
    expect(await world.balance(withdrawal.accountId)).toEqual({ available: FUNDS, outgoing: 0n });
  });

  test('a stricter verdict between approval and nonce counts', async () => {
    const withdrawal = await approved();
    expect(await world.judge(withdrawal, { revision: 2, outcome: 'deny' })).toMatchObject({ state: 'denied' });
    expect(await settle(withdrawal.id, 1)).toMatchObject({ state: 'denied', nonce: null });
    expect(await world.balance(withdrawal.accountId)).toEqual({ available: FUNDS, outgoing: 0n });
  });

  test('the signer’s refusal gives money and nonce back, and the next payment takes the nonce', async () => {
    const dear = await world.fund(randomUUID(), 100n * ONE_ETHER);
    const over = await world.judge(await world.ask(dear, { amount: (51n * ONE_ETHER).toString() }));
    expect(await settle(over.id, 1)).toMatchObject({ state: 'failed', reason: 'hot_wallet_limit' });
    expect(await world.balance(dear)).toEqual({ available: 100n * ONE_ETHER, outgoing: 0n });
    const next = await approved();
    expect(await settle(next.id)).toMatchObject({ state: 'confirmed', nonce: (await world.read(over.id)).nonce });
    expect(await transactionsOf(over.id)).toBe(0);
  });

  test('what the chain reverts comes back, less nothing; the house pays the fee', async () => {
    // The payee becomes a contract that takes no ether after the gas was fixed: its address is that of the treasury's next deployment.
    await world.rpc('evm_setAutomine', false);
    const at = await world.chain.nextNonce(world.treasury.address);
    const payee = getAddress(getCreateAddress({ from: world.treasury.address, nonce: at }));
    const withdrawal = await approved({ payee });
    await world.withdrawals.worker.tick();
    const sent = await world.read(withdrawal.id);
    expect(sent).toMatchObject({ state: 'broadcast' });
    await world.rpc('anvil_dropTransaction', sent.txHash);
    await world.rpc('evm_setAutomine', true);
    expect(getAddress(await world.treasury.deploy('PlainToken', 'A', 'B', 6, 1n))).toBe(payee);
    expect(await settle(withdrawal.id)).toMatchObject({ state: 'failed', reason: 'reverted_on_chain' });
    expect(await world.balance(withdrawal.accountId)).toEqual({ available: FUNDS, outgoing: 0n });
    expect(await world.ledger.balanced(world.sql)).toMatchObject({ ok: true });
  });

  test('a token that says yes and moves nothing is neither paid nor given back', async () => {
    const token = world.tokens[1];
    if (token === undefined) throw new Error('the world has two tokens');
    const withdrawal = await approved({ asset: token.id });
    expect(await settle(withdrawal.id)).toMatchObject({ state: 'confirming' });
    expect(world.errors).toContainEqual(expect.objectContaining({ code: 'token_log_missing' }));
    expect(await world.balance(withdrawal.accountId, token.id)).toEqual({ available: FUNDS - 100n, outgoing: 100n });
  });

  test('a reorganised payment is sent again as the same bytes', async () => {
    const withdrawal = await approved();
    await world.withdrawals.worker.tick();
    const first = await world.read(withdrawal.id);
    expect(first.state).toBe('confirming');
    await world.rpc('evm_setAutomine', false);
    await world.rpc('anvil_rollback', 1);
    expect(await world.chain.receipt(first.txHash ?? '0x')).toBeNull();
    await world.withdrawals.worker.tick();
    expect(await world.read(withdrawal.id)).toMatchObject({ state: 'broadcast' });
    expect(await settle(withdrawal.id)).toMatchObject({ state: 'confirmed', txHash: first.txHash, nonce: first.nonce });
    expect(await balanceOnChain(withdrawal.payee)).toBe(100n);
    expect(await transactionsOf(withdrawal.id)).toBe(1);
  });
});

describe('when processes die or meet', () => {
  test.each(['before', 'after'] as const)(
    'dying %s each call in turn never pays twice and never loses a payment',
    async (when) => {
      let dieAt = 1;
      for (let survived = false; !survived; dieAt += 1) {
        const withdrawal = await approved();
        const mortal = killable(world.deps, dieAt, when);
        const worker = createWithdrawalWorker(mortal.deps);
        for (let tick = 0; tick < 4 && !mortal.died(); tick += 1) {
          await worker.tick().catch(() => undefined);
          await world.rpc('anvil_mine', '0x2');
        }
        survived = !mortal.died();
        const done = await settle(withdrawal.id, 4);
        expect([dieAt, done.state]).toEqual([dieAt, 'confirmed']);
        expect(await balanceOnChain(withdrawal.payee)).toBe(100n);
        expect([await transactionsOf(withdrawal.id), (await noncesOf([withdrawal.id])).length]).toEqual([1, 1]);
        expect(await world.balance(withdrawal.accountId)).toEqual({ available: FUNDS - 100n, outgoing: 0n });
      }
      expect(dieAt).toBeGreaterThan(12);
      expect(await world.ledger.balanced(world.sql)).toMatchObject({ ok: true });
    },
  );

  test('four workers at once: each payment one nonce, no gap, each paid once', async () => {
    const payments = await Promise.all(Array.from({ length: 12 }, () => approved()));
    const workers = Array.from({ length: 4 }, () => createWithdrawals(world.deps).worker);
    for (let round = 0; round < 12; round += 1) {
      await Promise.all(workers.map((worker) => worker.tick()));
      await world.rpc('anvil_mine', '0x2');
      world.clock.advance(1_000);
    }
    const ids = payments.map((payment) => payment.id);
    for (const payment of payments) {
      expect(await world.read(payment.id)).toMatchObject({ state: 'confirmed' });
      expect(await balanceOnChain(payment.payee)).toBe(100n);
    }
    const nonces = await noncesOf(ids);
    expect(nonces).toHaveLength(12);
    expect((nonces.at(-1) ?? 0) - (nonces[0] ?? 0)).toBe(11);
    expect(await world.chain.nextNonce(world.signer.address)).toBe((nonces.at(-1) ?? 0) + 1);
  });

  test('while one payment has a nonce and no signature, no other gets one: a refusal leaves no gap', async () => {
    const first = await approved();
    world.clock.advance(1);
    const second = await approved();
    const away = new OutsideError('signer_down', 'the signer is away', { retryable: true });
    const deps: WithdrawalDeps = {
      ...world.deps,
      signer: { ...world.signer, sign: () => Promise.reject(away) },
      onError: () => undefined,
    };
    await createWithdrawalWorker(deps).tick();
    expect(await world.read(first.id)).toMatchObject({ state: 'signing' });
    expect(await world.read(second.id)).toMatchObject({ state: 'approved', nonce: null });
    // The signer comes back and may not sign the first any more: its nonce pays the second.
    expect(await world.signer.abandon(first.id)).toEqual({ ok: true });
    world.clock.advance(1_000);
    const { nonce } = await world.read(first.id);
    expect(await settle(second.id)).toMatchObject({ state: 'confirmed', nonce });
    expect(await world.read(first.id)).toMatchObject({ state: 'failed', reason: 'signer_refused' });
    expect(await world.balance(first.accountId)).toEqual({ available: FUNDS, outgoing: 0n });
  });

  test('an approval that grew old before its nonce gives the money back', async () => {
    const withdrawal = await approved();
    world.clock.advance(15 * MINUTE_MS);
    await world.withdrawals.worker.tick();
    expect(await world.read(withdrawal.id)).toMatchObject({ state: 'expired', reason: 'approval_expired', nonce: null });
    expect(await world.balance(withdrawal.accountId)).toEqual({ available: FUNDS, outgoing: 0n });
  });
});
