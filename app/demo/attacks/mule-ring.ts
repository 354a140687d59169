import { setTimeout as sleep } from 'node:timers/promises';
import { askToPay, follow, newPayee, openAccount, type Person, receive } from '../people/person.ts';
import { createAgentAt } from '../world/world.ts';
import { type Attack, begin, hostileEnd, own } from './attack.ts';

/** Accounts opened one after another on one phone; money comes in and goes on to one payee (attack T27). */
export const muleRing: Attack = {
  kind: 'mule_ring',
  needsVictim: false,
  async run(scene) {
    const { world, draw, trace } = scene;
    const network = hostileEnd(scene);
    const payee = newPayee(draw);
    const size = draw.integer(5, 8);
    const first = await createAgentAt(world, network);
    const device = first.device();
    begin(trace);
    const mules: Person[] = [];
    for (let index = 0; index < size; index += 1) {
      const agent = index === 0 ? first : await createAgentAt(world, network, { device });
      const asset = draw.pick([world.assets.ether, world.assets.dollar]);
      const mine = draw.child(`mule ${index}`);
      mules.push(own(trace, await openAccount({ draw: mine, network, agent, asset, totp: true })));
      await sleep(draw.between(0, 300));
    }
    const amounts = mules.map(() => draw.logNormal(900, 0.5));
    const parts = draw.pick([1, 1, 2]);
    trace.variant = `${size} accounts, ${parts === 1 ? 'all at once' : 'in halves'}`;
    await Promise.all(
      mules.map(async (mule, index) => {
        const usd = amounts[index] ?? 0;
        trace.paidInUsd += usd;
        await receive(world, mule, usd);
        for (let part = 0; part < parts; part += 1) {
          const asked = await askToPay(mule, (usd * mule.draw.between(0.85, 0.99)) / parts, payee);
          if (asked !== null) await follow(mule, asked, 'approved');
        }
      }),
    );
  },
};
