import { askToPay, newPayee } from '../people/person.ts';
import { createAgentAt } from '../world/world.ts';
import { type Attack, begin, hostileEnd } from './attack.ts';

/** A list of leaked pairs is tried; most names are unknown here, some passwords are old, one pair is right (attack T01). */
export const credentialStuffing: Attack = {
  kind: 'credential_stuffing',
  needsVictim: true,
  async run(scene) {
    const { world, draw, trace, victim, bystanders } = scene;
    const sources = Array.from({ length: draw.integer(1, 2) }, () => hostileEnd(scene));
    trace.variant = `${sources.length} source${sources.length === 1 ? '' : 's'}`;
    const unknown = Array.from({ length: draw.integer(26, 44) }, () => `${draw.hex(5)}@example.net`);
    const known = draw.shuffled(bystanders).slice(0, draw.integer(1, 4));
    const leaked = draw.shuffled([...unknown, ...known.map(({ email }) => email)]);
    const pairs = leaked.map((email) => ({ email, password: draw.hex(6) }));
    // The lucky pair lies somewhere in the second half of the list.
    pairs.splice(draw.integer(Math.floor(pairs.length / 2), pairs.length), 0, victim);
    // Leaked lists are run through a browser without a life of its own: no device, no mailbox, no authenticator.
    const agents = await Promise.all(sources.map((end) => createAgentAt(world, end, { secondFactor: async () => null })));
    begin(trace);
    for (const [index, { email, password }] of pairs.entries()) {
      const agent = agents[index % agents.length];
      if (agent === undefined) continue;
      const result = await agent.login(email, password);
      // Where a pair is right and nothing more is asked, the account is emptied.
      if (result.kind === 'signed_in') await askToPay({ ...victim, agent, draw }, victim.usualUsd, newPayee(draw));
    }
  },
};
