import { afterEach, describe, expect, it } from 'vitest';
import { OutsideError, TOPICS } from '../../core/index.ts';
import type { Channel, DeliveryResult } from '../../platform/channels/index.ts';
import { ALERT_LIMITS } from '../limits.ts';
import { recordOf, signedVerdict } from '../testing/verdicts.ts';
import { type AlertsWorld, openAlertsWorld } from '../testing/world.ts';
import { backoffMs } from './delivery-store.ts';

let world: AlertsWorld;
afterEach(() => world.close());

async function mailRow(): Promise<Record<string, unknown>> {
  const [row] = await world.database.sql.query(
    "select id::text, state, attempts, last_error, due_at from alerts.delivery where channel = 'mail' and step = 1",
  );
  return row ?? {};
}

/** A channel that answers from a list first and then really delivers. */
function failing(answers: (DeliveryResult | Error | 'deliver_then_die')[]) {
  return (inner: Channel): Channel => ({
    ...inner,
    async deliver(message) {
      const answer = answers.shift();
      if (answer === 'deliver_then_die') {
        await inner.deliver(message);
        throw new Error('killed after the message went out');
      }
      if (answer instanceof Error) throw answer;
      return answer ?? inner.deliver(message);
    },
  });
}

const unknown: DeliveryResult = { ok: false, error: 'unknown', reason: 'smtp_timeout' };

async function plan(name = 'w1'): Promise<void> {
  await world.alerts.planner.handle([recordOf(signedVerdict(name))]);
}

describe('deliveries', () => {
  it('reach the mailbox and the screens, and are noted with their channel', async () => {
    world = await openAlertsWorld();
    await plan();
    expect(await world.deliver()).toBe(3);
    const [mail] = await world.mails();
    expect(mail).toMatchObject({ recipient: 'ana@example.org', subject: 'Withdrawal of 1.5 ETH is on hold', severity: 'high' });
    expect(mail?.deliveryId).toBe((await mailRow())['id']);
    expect(mail?.text).toMatch(
      /Was this you\?\n\n\[Yes, it was me\] \[No, lock my account\]\n\n.+\nhttp:\/\/bulwark\.test\/answers\/[\w-]{43}\n/,
    );
    const notes = await world.messages(TOPICS.actions);
    expect(
      notes
        .map((note) => `${String(note['audience'])} ${String(note['channel'])} ${String(note['result'])}`)
        .toSorted((left, right) => left.localeCompare(right)),
    ).toEqual(['owner in_app delivered', 'owner outbox_on_disk delivered', 'staff in_app delivered']);
    expect(notes[0]).toMatchObject({ kind: 'alert', stream: 'live', event_id: expect.any(String) as string, attempts: 1 });
    expect(await world.deliver()).toBe(0);
  });

  it('are tried again after a back-off under the same id, with a link of their own', async () => {
    world = await openAlertsWorld({ mail: failing([unknown, { ok: false, error: 'throttled', reason: 'smtp_450' }]) });
    await plan();
    await world.deliver();
    expect(await mailRow()).toMatchObject({ state: 'pending', attempts: 1, last_error: 'smtp_timeout' });
    expect(await world.deliver()).toBe(0);
    world.clock.advance(backoffMs(1, 1));
    await world.deliver();
    expect(await mailRow()).toMatchObject({ state: 'pending', attempts: 2, last_error: 'smtp_450' });
    world.clock.advance(backoffMs(2, 1));
    await world.deliver();
    expect(await mailRow()).toMatchObject({ state: 'delivered', attempts: 3 });
    expect(await world.mails()).toHaveLength(1);
    const [tokens] = await world.database.sql.query<{ n: bigint }>('select count(*) as n from alerts.answer_token');
    expect(tokens?.n).toBe(3n);
  });

  it('end as a dead letter when the error is permanent, and staff hear of an urgent one', async () => {
    world = await openAlertsWorld({ mail: failing([{ ok: false, error: 'permanent', reason: 'mailbox_unknown' }]) });
    await plan();
    await world.deliver();
    expect(await mailRow()).toMatchObject({ state: 'dead', attempts: 1, last_error: 'mailbox_unknown' });
    const notes = await world.messages(TOPICS.actions);
    expect(notes.filter((note) => note['result'] === 'dead')).toMatchObject([{ channel: 'outbox_on_disk', severity: 'high' }]);
    const response = await fetch(`${world.baseUrl}/v1/staff/alerts`, { headers: { 'x-as': 'staff:sam:viewer' } });
    const { alerts } = (await response.json()) as { alerts: { title: string }[] };
    expect(alerts.map((alert) => alert.title)).toContain('An alert did not reach the owner of ana');
  });

  it('end as a dead letter when the tries are used up', async () => {
    world = await openAlertsWorld({ mail: failing(Array.from({ length: 20 }, () => unknown)) });
    await plan();
    for (let tries = 0; tries < 20; tries += 1) {
      await world.deliver();
      world.clock.advance(ALERT_LIMITS.backoffMaxMs);
    }
    expect(await mailRow()).toMatchObject({ state: 'dead', attempts: ALERT_LIMITS.attemptsMax, last_error: 'smtp_timeout' });
  });

  it('survive a channel that throws', async () => {
    world = await openAlertsWorld({ mail: failing([new OutsideError('smtp_down', 'down', { retryable: true })]) });
    await plan();
    await world.deliver();
    expect(await mailRow()).toMatchObject({ state: 'pending', last_error: 'attempt_failed' });
    expect(world.problems).toHaveLength(1);
  });

  it('are sent again under the same id, and shown once, when the worker dies between sending and recording', async () => {
    world = await openAlertsWorld({ mail: failing(['deliver_then_die']) });
    await plan();
    await world.deliver();
    world.clock.advance(ALERT_LIMITS.backoffMaxMs);
    await world.deliver();
    expect(await mailRow()).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(await world.mails()).toHaveLength(1);
    expect((await world.messages(TOPICS.actions)).filter((note) => note['channel'] === 'outbox_on_disk')).toHaveLength(1);
  });

  it('are taken over from a worker that died while holding them', async () => {
    const hang = Promise.withResolvers<DeliveryResult>();
    let first = true;
    world = await openAlertsWorld({
      mail: (inner) => ({
        ...inner,
        deliver(message) {
          if (!first) return inner.deliver(message);
          first = false;
          return hang.promise;
        },
      }),
    });
    await plan();
    const stuck = world.alerts.worker.tick();
    await expect.poll(async () => (await mailRow())['state']).toBe('sending');
    const other = world.another();
    await other.worker.tick();
    expect(await mailRow()).toMatchObject({ state: 'sending', attempts: 1 });
    world.clock.advance(ALERT_LIMITS.leaseMs);
    await expect.poll(() => first).toBe(false);
    await world.deliver();
    expect(await mailRow()).toMatchObject({ state: 'delivered', attempts: 2 });
    hang.resolve({ ok: false, error: 'permanent', reason: 'too late' });
    await stuck;
    expect(await mailRow()).toMatchObject({ state: 'delivered', attempts: 2 });
  });

  it('are claimed by one of several workers each', async () => {
    const sent: string[] = [];
    world = await openAlertsWorld({
      mail: (inner) => ({
        ...inner,
        deliver(message) {
          sent.push(message.deliveryId);
          return inner.deliver(message);
        },
      }),
    });
    for (let index = 0; index < 40; index += 1) {
      await world.alerts.planner.handle([recordOf(signedVerdict(`w${index}`))]);
      world.clock.advance(ALERT_LIMITS.groupMs);
    }
    const workers = [world.alerts, world.another(), world.another()];
    for (let tried = 1; tried > 0;) {
      const counts = await Promise.all(workers.map((each) => each.worker.tick()));
      tried = counts.reduce((sum, each) => sum + each, 0);
    }
    expect(new Set(sent).size).toBe(40);
    expect(sent).toHaveLength(40);
  });

  it('roll back with the note that could not be written, and come again', async () => {
    world = await openAlertsWorld();
    let broken = true;
    const room = world.another({
      appendMessage: () => (broken ? Promise.reject(new Error('outbox away')) : Promise.resolve()),
    });
    await plan();
    await room.worker.tick();
    expect(await mailRow()).toMatchObject({ state: 'sending' });
    broken = false;
    world.clock.advance(ALERT_LIMITS.leaseMs);
    await room.worker.tick();
    expect(await mailRow()).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(await world.mails()).toHaveLength(1);
  });
});

describe('planning and crashing', () => {
  it('leaves nothing half-planned when the transaction fails, and everything after the retry', async () => {
    world = await openAlertsWorld();
    const { sql } = world.database;
    await sql.query('alter table alerts.verdict_feed add constraint broken check (revision > 1)');
    await expect(plan()).rejects.toThrow();
    expect(await sql.query('select 1 from alerts.alert union all select 1 from alerts.delivery')).toEqual([]);
    await sql.query('alter table alerts.verdict_feed drop constraint broken');
    await plan();
    await world.deliver();
    expect(await world.mails()).toHaveLength(1);
  });
});

describe('back-off', () => {
  it('doubles to its cap and spreads', async () => {
    world = await openAlertsWorld();
    expect([1, 2, 3, 20].map((attempts) => backoffMs(attempts, 1))).toEqual([10_000, 20_000, 40_000, ALERT_LIMITS.backoffMaxMs]);
    expect(backoffMs(1, 0)).toBe(7_500);
  });
});
