import { HDNodeWallet, JsonRpcProvider, NonceManager } from 'ethers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Chain, DEVELOPMENT_MNEMONIC, type Hex } from '../../platform/chain/index.ts';
import { SYSTEM } from '../ledger/index.ts';
import { STRICT_CHECKS } from './checks.ts';
import { createDepositsWith } from './create-deposits.ts';
import { CHAIN_ID, CONFIRMATIONS, depositXpub, NATIVE, NATIVE_ASSET, openWorld, type Room, type World } from './testing.ts';

let world: World;
let room: Room;
let account: { id: string; address: Hex };
let key = 1_000;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  key += 1;
  room = await world.room([NATIVE], {}, { xpub: depositXpub(key) });
  account = await room.account();
});

const tick = () => room.deposits.watcher.tick();

async function movements(): Promise<{ state: string; incarnation: number }[]> {
  return room.database.sql.query('select state, incarnation from deposits.movement order by id');
}

async function eventTypes(): Promise<string[]> {
  return (await room.events(account.id)).map((each) => each.type.replace('wallet.deposit.', ''));
}

/** A payment signed by hand, so that the same transaction can be put into another block. */
async function rawPayment(wei: bigint): Promise<{ raw: string; hash: string }> {
  const provider = new JsonRpcProvider(world.url);
  const wallet = HDNodeWallet.fromPhrase(DEVELOPMENT_MNEMONIC, '', "m/44'/60'/0'/0/3").connect(provider);
  const manager = new NonceManager(wallet);
  const filled = await wallet.populateTransaction({ to: account.address, value: wei, nonce: await manager.getNonce() });
  // The base fee of the new branch is another one.
  const raw = await wallet.signTransaction({ ...filled, gasLimit: 21_000n, maxFeePerGas: 50_000_000_000n });
  const sent = await provider.broadcastTransaction(raw);
  await sent.wait();
  provider.destroy();
  return { raw, hash: sent.hash };
}

describe('a reorganisation', () => {
  it('orphans what was only observed', async () => {
    await world.sender.pay(account.address, 900n);
    await tick();
    await world.sender.rpc('anvil_reorg', [1, []]);
    await world.mine(CONFIRMATIONS);
    await tick();
    expect(await movements()).toEqual([{ state: 'orphaned', incarnation: 1 }]);
    expect(await room.available(account.id)).toBe(0n);
  });

  it('reverses what was credited, restricts the account, and says so (E12)', async () => {
    const { hash } = await world.sender.pay(account.address, 900n);
    await world.mine(CONFIRMATIONS);
    await tick();
    expect(await room.available(account.id)).toBe(900n);
    await world.sender.rpc('anvil_reorg', [CONFIRMATIONS + 1, []]);
    await world.mine(1);
    await tick();
    expect(await movements()).toEqual([{ state: 'reversed', incarnation: 1 }]);
    expect(await room.available(account.id)).toBe(0n);
    expect(await room.booksBalance()).toBe(true);
    expect(await eventTypes()).toEqual(['observed', 'confirmed', 'reversed']);
    const state = await room.restrictions.stateOf(room.database.sql, account.id);
    expect(state).toMatchObject({ outgoingBlocked: true, frozen: false });
    expect(await room.claim(account.id, hash)).toMatchObject({ state: 'pending', reason: 'block_reorganised', attack: 'E12' });
  });

  it('makes a receivable of what was spent, and nobody goes below zero', async () => {
    await world.sender.pay(account.address, 900n);
    await world.mine(CONFIRMATIONS);
    await tick();
    await room.database.sql.transaction(async (tx) => {
      const spent = await room.ledger.apply(tx, [
        {
          kind: 'single',
          id: '018f0000-0000-7000-8000-000000000001',
          code: 'spent',
          debit: { owner: account.id, kind: 'customer_available', asset: NATIVE_ASSET },
          credit: { owner: SYSTEM, kind: 'hot_wallet', asset: NATIVE_ASSET },
          amount: 600n,
        },
      ]);
      expect(spent.ok).toBe(true);
    });
    await world.sender.rpc('anvil_reorg', [CONFIRMATIONS + 1, []]);
    await world.mine(1);
    await tick();
    expect(await room.available(account.id)).toBe(0n);
    expect(await room.booksBalance()).toBe(true);
    const [audit] = await room.database.sql.query<{ details: Record<string, unknown> }>(
      `select details from audit.entry where kind = 'deposit_reversed'`,
    );
    expect(audit?.details).toMatchObject({ taken: '300', receivable: '600' });
  });

  it('credits once what the new branch includes again at another place (E13)', async () => {
    const { raw } = await rawPayment(900n);
    await world.mine(CONFIRMATIONS);
    await tick();
    expect(await room.available(account.id)).toBe(900n);
    await world.sender.rpc('anvil_reorg', [CONFIRMATIONS + 1, [[raw, 1]]]);
    await world.mine(CONFIRMATIONS);
    await tick();
    expect(await movements()).toEqual([{ state: 'credited', incarnation: 2 }]);
    expect(await room.available(account.id)).toBe(900n);
    expect(await eventTypes()).toEqual(['observed', 'confirmed', 'reversed', 'observed', 'confirmed']);
    const evidence = await room.database.sql.query('select hash from deposits.evidence');
    expect(evidence).toHaveLength(2);
  });

  it('is not seen in a node that lags, nor in one that cannot serve a block', async () => {
    await world.sender.pay(account.address, 900n);
    await world.mine(CONFIRMATIONS);
    await tick();
    const { chain } = world;
    const old = await chain.block((await chain.head()).number - 2);
    if (old === null) throw new Error('the block is there');
    const lagging: Chain = {
      ...chain,
      head: () => Promise.resolve(old),
      block: (n) => (n > old.number ? Promise.resolve(null) : chain.block(n)),
    };
    const forgetful: Chain = { ...chain, block: () => Promise.resolve(null) };
    for (const bad of [lagging, forgetful]) {
      const chains = room.options.chains.map((each) => ({ ...each, chain: bad }));
      await createDepositsWith(STRICT_CHECKS, { ...room.options, chains }).watcher.tick();
    }
    expect(await movements()).toEqual([{ state: 'credited', incarnation: 1 }]);
  });
});

describe('exactly one credit', () => {
  it('by two watchers that race (E14), and by one that reads everything again', async () => {
    for (let index = 1; index <= 8; index += 1) await world.sender.pay(account.address, 100n);
    await world.mine(CONFIRMATIONS);
    const second = createDepositsWith(STRICT_CHECKS, room.options);
    await Promise.all([tick(), second.watcher.tick(), tick(), second.watcher.tick()]);
    await Promise.all([tick(), second.watcher.tick()]);
    expect(await room.available(account.id)).toBe(800n);
    await room.database.sql.query(`delete from deposits.block`);
    await room.database.sql.query(`delete from deposits.cursor`);
    await tick();
    expect(await room.available(account.id)).toBe(800n);
    expect((await eventTypes()).filter((each) => each === 'confirmed')).toHaveLength(8);
    expect((await eventTypes()).filter((each) => each === 'observed')).toHaveLength(8);
  });

  /** Ticks with a room that dies at its first write, then at its second, and so on until one survives; gives how many writes it took. */
  async function crashEverywhere(): Promise<number> {
    const { outbox, audit, ledger } = room.options;
    for (let survivor = 0; ; survivor += 1) {
      let left = survivor;
      const step = () => {
        if (left === 0) throw new Error('crash');
        left -= 1;
      };
      const dying = createDepositsWith(STRICT_CHECKS, {
        ...room.options,
        outbox: { ...outbox, append: async (tx, event) => (step(), await outbox.append(tx, event)) },
        audit: { append: async (tx, entry) => (step(), await audit.append(tx, entry)) },
        ledger: {
          apply: async (tx, transfers) => (step(), await ledger.apply(tx, transfers)),
          takeBack: async (tx, request) => (step(), await ledger.takeBack(tx, request)),
        },
      });
      try {
        await dying.watcher.tick();
        return survivor;
      } catch (error) {
        expect(error).toMatchObject({ message: 'crash' });
      }
    }
  }

  it('and one reversal, after a crash between any two writes', async () => {
    await world.sender.pay(account.address, 900n);
    await world.mine(CONFIRMATIONS);
    expect(await crashEverywhere()).toBeGreaterThanOrEqual(3);
    expect(await room.available(account.id)).toBe(900n);
    expect(await eventTypes()).toEqual(['observed', 'confirmed']);
    await world.sender.rpc('anvil_reorg', [CONFIRMATIONS + 1, []]);
    await world.mine(1);
    expect(await crashEverywhere()).toBeGreaterThanOrEqual(3);
    expect(await room.available(account.id)).toBe(0n);
    expect(await eventTypes()).toEqual(['observed', 'confirmed', 'reversed']);
    expect(await room.booksBalance()).toBe(true);
  });

  it('after a restart that finds hundreds of blocks to read', async () => {
    await world.sender.pay(account.address, 100n);
    await world.mine(230);
    await world.sender.pay(account.address, 200n);
    await world.mine(CONFIRMATIONS);
    room.deposits.watcher.start();
    await expect.poll(() => room.available(account.id), { timeout: 30_000 }).toBe(300n);
    await room.deposits.watcher.stop();
    expect(await movements()).toHaveLength(2);
  });

  it('never on a chain with another genesis under the same id', async () => {
    await tick();
    await room.database.sql.query(`update deposits.cursor set genesis_hash = $1 where chain_id = $2`, [
      `0x${'33'.repeat(32)}`,
      CHAIN_ID,
    ]);
    await expect(tick()).rejects.toMatchObject({ code: 'wrong_chain', retryable: false });
  });
});
