import { askToPay, newPayee, openAccount, type Person, receive } from '../people/person.ts';
import { type DemoAsset, DOLLAR, minorOf } from '../world/demo-assets.ts';
import { createAgentAt, payOnChain, until } from '../world/world.ts';
import { type Attack, type AttackKind, type AttackScene, begin, hostileEnd, own } from './attack.ts';

/** Does something on the chain that looks like a payment to `to`, and gives the transaction's hash. */
type Fake = (scene: AttackScene, to: string, usd: number) => Promise<{ readonly hash: string; readonly variant: string }>;

/** A claim waits until its block is read: two blocks on a quiet machine. */
const JUDGED_MS_MAX = 20_000;

async function openSwindler(scene: AttackScene, asset: DemoAsset): Promise<Person> {
  const { world, draw, trace } = scene;
  const network = hostileEnd(scene);
  const agent = await createAgentAt(world, network);
  return own(trace, await openAccount({ draw, network, agent, asset, totp: draw.chance(0.5) }));
}

async function claim({ draw }: AttackScene, swindler: Person, hash: string): Promise<void> {
  const body = { claim_id: draw.uuid(), chain_id: swindler.asset.listed.chainId, tx_hash: hash };
  // The same claim asked again is answered with how it stands.
  await until(JUDGED_MS_MAX, async () => {
    const answer = await swindler.agent.api('POST', '/v1/me/deposit-claims', body);
    const { state } = answer.body as { state?: string };
    return state === 'pending' ? null : answer;
  });
}

function fakeDeposit(kind: AttackKind, assetOf: (scene: AttackScene) => DemoAsset, fake: Fake): Attack {
  return {
    kind,
    needsVictim: false,
    async run(scene) {
      const { world, draw, trace } = scene;
      const swindler = await openSwindler(scene, assetOf(scene));
      const usd = draw.logNormal(4_000, 0.8);
      // Some pay in a little first, to look like anybody.
      const little = swindler.hasTotp && draw.chance(0.6) ? draw.between(20, 300) : 0;
      if (little > 0) {
        trace.paidInUsd += little;
        await receive(world, swindler, little);
      }
      begin(trace);
      for (let times = draw.integer(1, 2); times > 0; times -= 1) {
        const { hash, variant } = await fake(scene, swindler.depositAddress, usd);
        trace.variant = variant;
        trace.txHashes.add(hash);
        await claim(scene, swindler, hash);
      }
      // The point of it all: take out what never came in, or at least what did.
      await askToPay(swindler, usd * 0.9, newPayee(draw));
      if (little > 0) await askToPay(swindler, little * 0.95, newPayee(draw));
    },
  };
}

/** A listed token answers false, the receipt says success, and nothing moved (E01). */
export const silentFalseToken = fakeDeposit(
  'silent_false_token',
  ({ world }) => world.assets.oldDollar,
  async ({ world }, to, usd) => {
    const asset = world.assets.oldDollar;
    const { hash } = await payOnChain(world.hostile, asset, to, minorOf(asset, usd));
    return { hash, variant: 'receipt says success' };
  },
);

/** Another token under the same name, symbol and decimals, truly transferred (E03). */
export const lookAlikeToken = fakeDeposit(
  'look_alike_token',
  ({ world }) => world.assets.dollar,
  async ({ world, draw }, to, usd) => {
    const { name, symbol, decimals } = DOLLAR;
    const at = await world.hostile.deploy('PlainToken', name, symbol, decimals, 10n ** BigInt(draw.integer(13, 18)));
    const { hash } = await world.hostile.call('PlainToken', at, 'transfer', [to, minorOf(world.assets.dollar, usd)]);
    return { hash, variant: `${symbol} at another address` };
  },
);

/** A transaction that failed, or whose payment was taken back inside, is shown as paid (E02, E06). */
export const failedTransaction = fakeDeposit(
  'failed_transaction',
  ({ world, draw }) => draw.pick([world.assets.ether, world.assets.dollar]),
  async ({ world, draw }, to, usd) => {
    const { hostile, assets } = world;
    const way = draw.pick(['token reverts', 'coin reverts', 'coin taken back inside'] as const);
    if (way === 'token reverts') {
      const { hash } = await payOnChain(hostile, assets.dollar, to, minorOf(assets.dollar, usd));
      return { hash, variant: way };
    }
    const at = await hostile.deploy('Forwarder');
    const value = minorOf(assets.ether, usd);
    if (way === 'coin reverts') {
      const { hash } = await hostile.call('Forwarder', at, 'payAndRevert', [to], { value });
      return { hash, variant: way };
    }
    const second = await hostile.deploy('Forwarder');
    const { hash } = await hostile.call('Forwarder', at, 'swallow', [second, to], { value });
    return { hash, variant: way };
  },
);

/** A contract that is no token of ours logs a transfer (E04). */
export const spoofedEvent = fakeDeposit(
  'spoofed_event',
  ({ world }) => world.assets.dollar,
  async ({ world, draw }, to, usd) => {
    const at = await world.hostile.deploy('EventSpoofer');
    const minor = minorOf(world.assets.dollar, usd);
    const { hash } = await world.hostile.call('EventSpoofer', at, 'spoof', [newPayee(draw), to, minor]);
    return { hash, variant: 'log without a transfer' };
  },
);
