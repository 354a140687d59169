import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hex } from '../../platform/chain/index.ts';
import type { DepositAsset } from './assets.ts';
import type { DepositChecks } from './checks.ts';
import { CONFIRMATIONS, depositXpub, listToken, NATIVE, openWorld, type World } from './testing.ts';

/** One attack, the control that stops it, and how a naive wallet would read the same chain. */
interface Case {
  readonly attack: string;
  readonly control: keyof DepositChecks;
  readonly naive: Partial<DepositChecks>;
  /** Other controls that would also stop this attack: off in both arms, so that the one control is seen alone. */
  readonly alsoOff: Partial<DepositChecks>;
  /** Lists what the wallet takes. */
  assets(world: World): Promise<DepositAsset[]>;
  /** Carries the attack out against a deposit address. */
  act(world: World, address: Hex, asset: DepositAsset): Promise<void>;
  /** Blocks mined afterwards; enough to be final unless the attack is about that. */
  readonly blocks?: number;
}

const yes = (): boolean => true;
/** PUSH1 0 PUSH1 0 REVERT */
const REVERTING_CODE = '0x60006000fd';
/** STOP: takes money and does nothing. */
const STOP_CODE = '0x00';

async function plainToken(world: World): Promise<DepositAsset[]> {
  const token = await world.sender.deploy('PlainToken', 'Dollar', 'USDX', 6, 1_000_000n);
  return [await listToken(world.chain, token)];
}

function contractOf(asset: DepositAsset): Hex {
  return (asset.contract ?? '0x').toLowerCase() as Hex;
}

const CASES: readonly Case[] = [
  {
    attack: 'E01 a log of a listed token without its money',
    control: 'covers',
    naive: { covers: yes },
    alsoOff: {},
    async assets(world) {
      return [await listToken(world.chain, await world.sender.deploy('LyingToken', 'Lying', 'LIE', 6, 0n))];
    },
    act: async (world, address, asset) => {
      await world.sender.call('LyingToken', contractOf(asset), 'transfer', [address, 900n]);
    },
  },
  {
    attack: 'E02 a failed transaction that carries a value',
    control: 'succeeded',
    naive: { succeeded: yes },
    alsoOff: { covers: yes, isPlainAddress: yes },
    assets: () => Promise.resolve([NATIVE]),
    async act(world, address) {
      await world.sender.rpc('anvil_setCode', [address, REVERTING_CODE]);
      expect((await world.sender.pay(address, 900n)).status).toBe(0);
    },
  },
  {
    attack: 'E03 a look-alike token',
    control: 'tokenOf',
    naive: { tokenOf: (_log, tokens) => [...tokens.values()][0] ?? null },
    alsoOff: { covers: yes },
    assets: plainToken,
    async act(world, address) {
      const fake = await world.sender.deploy('PlainToken', 'Dollar', 'USDX', 6, 1_000_000n);
      await world.sender.call('PlainToken', fake, 'transfer', [address, 900n]);
    },
  },
  {
    attack: 'E04 a spoofed event',
    control: 'tokenOf',
    naive: { tokenOf: (_log, tokens) => [...tokens.values()][0] ?? null },
    alsoOff: { covers: yes },
    assets: plainToken,
    async act(world, address) {
      const spoofer = await world.sender.deploy('EventSpoofer');
      await world.sender.call('EventSpoofer', spoofer, 'spoof', [world.sender.address, address, 900n]);
    },
  },
  {
    attack: 'E10 a transaction one block deep',
    control: 'isFinal',
    naive: { isFinal: yes },
    alsoOff: {},
    assets: () => Promise.resolve([NATIVE]),
    act: async (world, address) => {
      await world.sender.pay(address, 900n);
    },
    blocks: 0,
  },
  {
    attack: 'E17 other decimals than were listed',
    control: 'sameDecimals',
    naive: { sameDecimals: yes },
    alsoOff: {},
    async assets(world) {
      const token = await world.sender.deploy('PlainToken', 'Dollar', 'USDX', 6, 1_000_000n);
      return [await listToken(world.chain, token, { decimals: 18 })];
    },
    act: async (world, address, asset) => {
      await world.sender.call('PlainToken', contractOf(asset), 'transfer', [address, 900n]);
    },
  },
  {
    attack: 'E21 a collectible whose id is read as an amount',
    control: 'fungibleAmount',
    naive: { fungibleAmount: (log) => BigInt(log.topics[3] ?? log.data) },
    alsoOff: {},
    async assets(world) {
      const collectible = await world.sender.deploy('PlainCollectible');
      return [await listToken(world.chain, collectible, { symbol: 'CLCT', decimals: 0 })];
    },
    act: async (world, address, asset) => {
      await world.sender.call('PlainCollectible', contractOf(asset), 'mint', [address, 1n]);
    },
  },
  {
    attack: 'E27 a listed token whose code was exchanged',
    control: 'sameCode',
    naive: { sameCode: yes },
    alsoOff: { covers: yes },
    assets: plainToken,
    async act(world, address, asset) {
      const hostile = await world.sender.deploy('LyingToken', 'Dollar', 'USDX', 6, 0n);
      const { number } = await world.chain.head();
      await world.sender.rpc('anvil_setCode', [contractOf(asset), await world.chain.code(hostile, number)]);
      await world.sender.call('LyingToken', contractOf(asset), 'transfer', [address, 900_000_000n]);
    },
  },
  {
    attack: 'E36 code on the deposit address',
    control: 'isPlainAddress',
    naive: { isPlainAddress: yes },
    alsoOff: {},
    assets: () => Promise.resolve([NATIVE]),
    async act(world, address) {
      await world.sender.rpc('anvil_setCode', [address, STOP_CODE]);
      await world.sender.pay(address, 900n);
    },
  },
];

describe('each control alone stops its attack', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  it.each(CASES.map((each, index) => ({ ...each, index })))('$attack ($control)', async (attack) => {
    const assets = await attack.assets(world);
    const [asset] = assets as [DepositAsset];
    const xpub = depositXpub(attack.index + 1);
    const guarded = await world.room(assets, attack.alsoOff, { xpub });
    const naive = await world.room(assets, { ...attack.alsoOff, ...attack.naive }, { xpub });
    const [alice, bob] = [await guarded.account(), await naive.account()];
    expect(bob.address).toBe(alice.address);
    await attack.act(world, alice.address, asset);
    await world.mine(attack.blocks ?? CONFIRMATIONS);
    await guarded.deposits.watcher.tick();
    await naive.deposits.watcher.tick();
    expect(await guarded.available(alice.id, asset.id)).toBe(0n);
    expect(await naive.available(bob.id, asset.id)).toBeGreaterThan(0n);
  });

  it('and the strict reading takes the same money when it is honest', async () => {
    const [asset] = (await plainToken(world)) as [DepositAsset];
    const room = await world.room([asset], {}, { xpub: depositXpub(99) });
    const alice = await room.account();
    await world.sender.call('PlainToken', contractOf(asset), 'transfer', [alice.address, 900n]);
    await world.mine(CONFIRMATIONS);
    await room.deposits.watcher.tick();
    expect(await room.available(alice.id, asset.id)).toBe(900n);
  });
});
