import { Redacted } from '../../../core/index.ts';
import { openAccount } from '../people/person.ts';
import { minorOf } from '../world/demo-assets.ts';
import { announce, deliverCallback, signCallback } from '../world/provider.ts';
import { createAgentAt, payOnChain } from '../world/world.ts';
import { type Attack, begin, hostileEnd, own } from './attack.ts';

/** The provider's voice is imitated (F01): with another key, without one, or by changing what it truly said. */
export const forgedCallback: Attack = {
  kind: 'forged_callback',
  needsVictim: false,
  async run(scene) {
    const { world, draw, trace } = scene;
    const network = hostileEnd(scene);
    const variant = draw.pick(['another key', 'no key', 'changed on the way'] as const);
    trace.variant = variant;
    begin(trace);
    for (let times = draw.integer(1, 4); times > 0; times -= 1) {
      const hash = `0x${draw.hex(32)}`;
      trace.txHashes.add(hash);
      const otherKey = new Redacted(Buffer.from(draw.hex(32), 'hex'));
      const forged = signCallback(world, draw, hash, variant === 'another key' ? otherKey : world.provider.key);
      const headers = variant === 'no key' ? { ...forged.headers, 'webhook-signature': `v1,${draw.hex(20)}` } : forged.headers;
      const body = variant === 'changed on the way' ? forged.body.replace(hash, `0x${draw.hex(32)}`) : forged.body;
      await deliverCallback(world, network, { headers, body });
    }
  },
};

/** A true callback of a true payment is delivered again and again (F02). */
export const replayedCallback: Attack = {
  kind: 'replayed_callback',
  needsVictim: false,
  async run(scene) {
    const { world, draw, trace } = scene;
    const network = hostileEnd(scene);
    const asset = draw.pick([world.assets.ether, world.assets.dollar]);
    const agent = await createAgentAt(world, network);
    const swindler = own(trace, await openAccount({ draw, network, agent, asset, totp: false }));
    const usd = draw.logNormal(300, 0.6);
    const { hash } = await payOnChain(world.honest, asset, swindler.depositAddress, minorOf(asset, usd));
    trace.paidInUsd += usd;
    const callback = await announce(world, draw, hash);
    const times = draw.integer(2, 8);
    const together = draw.chance(0.5);
    trace.variant = `${times} times, ${together ? 'at once' : 'in turn'}`;
    begin(trace);
    const deliveries = Array.from({ length: times }, () => () => deliverCallback(world, network, callback));
    if (together) await Promise.all(deliveries.map((deliver) => deliver()));
    else for (const deliver of deliveries) await deliver();
  },
};
