import type { PreparedRequest } from '../../../wallet-core/identity/agent/index.ts';
import { newPayee, type Person, signIn, withdrawalBody } from '../people/person.ts';
import { createAgentAt } from '../world/world.ts';
import { type Attack, type AttackScene, begin, hostileEnd, sessionOf } from './attack.ts';

/** The thief's copy of the owner's whole device: its key and the tokens as they are now. */
async function cloneDevice(scene: AttackScene): Promise<Person> {
  const { world, victim, trace } = scene;
  const tokens = victim.agent.tokens();
  trace.sessions.add(sessionOf(tokens.accessToken));
  const agent = await createAgentAt(world, hostileEnd(scene), { device: victim.agent.device(), tokens });
  return { ...victim, agent, draw: scene.draw };
}

/** A copied refresh token is used beside the original (attack T09). */
export const refreshTokenReplay: Attack = {
  kind: 'refresh_token_replay',
  needsVictim: true,
  async run(scene) {
    const { draw, trace, victim } = scene;
    if (!(await signIn(victim))) return;
    const thief = await cloneDevice(scene);
    const thiefFirst = draw.chance(0.5);
    trace.variant = thiefFirst ? 'thief first' : 'owner first';
    if (!thiefFirst) await victim.agent.refresh();
    begin(trace);
    await thief.agent.refresh();
    if (thiefFirst) {
      await thief.agent.api('GET', '/v1/me/balances');
      await victim.agent.refresh();
    }
    // What the copy is worth afterwards.
    for (let tries = draw.integer(1, 3); tries > 0; tries -= 1) {
      const body = withdrawalBody(thief, victim.usualUsd, newPayee(draw));
      await thief.agent.send(await thief.agent.prepare('POST', '/v1/me/withdrawals', body));
    }
  },
};

/** Requests recorded on their way are sent again, from elsewhere (attack T11). */
export const dpopProofReplay: Attack = {
  kind: 'dpop_proof_replay',
  needsVictim: true,
  async run(scene) {
    const { world, draw, trace, victim } = scene;
    if (!(await signIn(victim))) return;
    const paths = draw
      .shuffled(['/v1/me', '/v1/me/balances', '/v1/me/devices', '/v1/me/withdrawals'])
      .slice(0, draw.integer(1, 3));
    const recorded: PreparedRequest[] = [];
    for (const path of paths) {
      const request = await victim.agent.prepare('GET', path);
      await victim.agent.send(request);
      recorded.push(request);
    }
    const thief = await createAgentAt(world, hostileEnd(scene));
    const times = draw.integer(1, 6);
    trace.variant = `${recorded.length} × ${times}`;
    begin(trace);
    for (let time = 0; time < times; time += 1) for (const request of recorded) await thief.send(request);
  },
};

/** A withdrawal recorded on its way is sent again, as it was, or under its id with another payee or amount (attacks T12, T23). */
export const withdrawalReplay: Attack = {
  kind: 'withdrawal_replay',
  needsVictim: true,
  async run(scene) {
    const { draw, trace, victim } = scene;
    if (!(await signIn(victim))) return;
    const body = withdrawalBody(victim, victim.usualUsd, draw.pick(victim.payees.slice(0, 1)));
    const request = await victim.agent.prepare('POST', '/v1/me/withdrawals', body);
    await victim.agent.send(request);
    const thief = await cloneDevice(scene);
    const variant = draw.pick(['as it was', 'other payee', 'other amount'] as const);
    trace.variant = variant;
    begin(trace);
    for (let times = draw.integer(1, 4); times > 0; times -= 1) {
      if (variant === 'as it was') await thief.agent.send(request);
      else {
        const other = variant === 'other payee' ? { payee: newPayee(draw) } : { amount: (BigInt(body.amount) * 2n).toString() };
        await thief.agent.api('POST', '/v1/me/withdrawals', { ...body, ...other });
      }
    }
  },
};
