import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALERT_LIMITS } from './limits.ts';
import { pruneAlerts } from './prune.ts';
import { recordOf, signedVerdict } from './testing/verdicts.ts';
import { type AlertsWorld, openAlertsWorld } from './testing/world.ts';

let world: AlertsWorld;
beforeEach(async () => {
  world = await openAlertsWorld();
});
afterEach(() => world.close());

async function rows(): Promise<Record<string, unknown>> {
  const tables = ['alert', 'alert_source', 'delivery', 'question', 'answer_token', 'live_ticket'];
  const counts = tables.map((table) => `(select count(*)::int from alerts.${table}) as ${table}`);
  const [row] = await world.database.sql.query(`select ${counts.join(', ')}`);
  return row ?? {};
}

describe('pruning', () => {
  it('removes what is past its time with all that hangs on it, and nothing else', async () => {
    await world.alerts.planner.handle([recordOf(signedVerdict('old'))]);
    await world.deliver();
    await fetch(`${world.baseUrl}/v1/live/tickets`, { method: 'POST', headers: { 'x-as': 'owner:ana' } });
    const one = { alert: 2, alert_source: 2, delivery: 3, question: 1, answer_token: 1 };
    await pruneAlerts(world.database.sql, world.clock);
    expect(await rows()).toEqual({ ...one, live_ticket: 1 });
    world.clock.advance(ALERT_LIMITS.keepMs);
    await world.alerts.planner.handle([recordOf(signedVerdict('new'))]);
    await world.deliver();
    world.clock.advance(1);
    await pruneAlerts(world.database.sql, world.clock);
    expect(await rows()).toEqual({ ...one, live_ticket: 0 });
  });
});
