import { askToPay, follow, newPayee, type Person } from '../people/person.ts';
import { createAgentAt } from '../world/world.ts';
import { type Attack, type AttackScene, begin, hostileEnd } from './attack.ts';

/** How the money is taken, in shares of the balance. */
const PLANS = {
  at_once: (draw) => [draw.between(0.6, 0.95)],
  probe_first: (draw) => [draw.between(0.003, 0.02), draw.between(0.6, 0.9)],
  in_pieces: (draw) => Array.from({ length: draw.integer(2, 4) }, () => draw.between(0.12, 0.3)),
} satisfies Record<string, (draw: AttackScene['draw']) => number[]>;

async function balanceUsd({ world }: AttackScene, thief: Person): Promise<number> {
  const answer = await thief.agent.api('GET', '/v1/me/balances');
  const { balances } = answer.body as { balances: { asset: string; available: string }[] };
  const own = balances.find(({ asset }) => asset === thief.asset.listed.id);
  const asset = Object.values(world.assets).find(({ listed }) => listed.id === thief.asset.listed.id);
  if (own === undefined || asset === undefined) return 0;
  return Number((BigInt(own.available) * asset.usdCents) / 10n ** BigInt(asset.listed.decimals)) / 100;
}

/**
 * The owner typed password and one code into a page that was not ours; the thief passed both on at once, and now holds a session
 * on a device of his own (attacks T05, T16). He has no second code.
 */
export const takeoverCashOut: Attack = {
  kind: 'takeover_cash_out',
  needsVictim: true,
  async run(scene) {
    const { world, draw, trace, victim } = scene;
    const phished = await victim.agent.nextTotpCode();
    let left: string | null = phished;
    const once = async (step: string): Promise<string | null> => {
      const code = step === 'totp' ? left : null;
      left = null;
      return code;
    };
    const agent = await createAgentAt(world, hostileEnd(scene), { secondFactor: once });
    begin(trace);
    const login = await agent.login(victim.email, victim.password);
    if (login.kind !== 'signed_in') return;
    const thief: Person = { ...victim, agent, draw };
    const plan = draw.pick(Object.keys(PLANS) as (keyof typeof PLANS)[]);
    trace.variant = plan;
    const payees = Array.from({ length: draw.integer(1, 2) }, () => newPayee(draw));
    const total = await balanceUsd(scene, thief);
    for (const share of PLANS[plan](draw)) {
      const asked = await askToPay(thief, Math.max(5, total * share), draw.pick(payees));
      // A guess costs nothing; a one-time code guessed is one in hundreds of thousands.
      const guess = async (): Promise<string | null> => (draw.chance(0.5) ? String(draw.integer(100_000, 999_999)) : null);
      if (asked !== null) await follow(thief, asked, 'approved', guess);
    }
  },
};
