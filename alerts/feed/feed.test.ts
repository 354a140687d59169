import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VerdictBody } from '../../core/index.ts';
import { createInAppChannel, LIVE_CLOSE } from '../../platform/channels/index.ts';
import { describeChannel } from '../../platform/channels/contract.ts';
import { ManualClock } from '../../platform/clock/index.ts';
import { createTestDatabase } from '../../platform/sql/testing.ts';
import { alertsMigrations } from '../index.ts';
import { ALERT_LIMITS } from '../limits.ts';
import { recordOf, signedVerdict } from '../testing/verdicts.ts';
import { liveOutcome, liveRefusal, openLive } from '../testing/live-client.ts';
import { type AlertsWorld, openAlertsWorld } from '../testing/world.ts';
import { createInbox, createLiveFeed } from './inbox.ts';

describeChannel('in_app', async () => {
  const database = await createTestDatabase([alertsMigrations]);
  const { sql } = database;
  const clock = new ManualClock(0);
  return {
    channel: createInAppChannel({ inbox: createInbox({ sql, clock }) }),
    recipient: 'account:ana',
    async received() {
      const rows = await sql.query<{ delivery_id: string; body: { title: string; body: string } }>(
        "select delivery_id::text, body from alerts.in_app where recipient = 'account:ana' order by position",
      );
      return rows.map((row) => ({ deliveryId: row.delivery_id, subject: row.body.title, text: row.body.body }));
    },
    reopen: () => Promise.resolve(createInAppChannel({ inbox: createInbox({ sql, clock }) })),
    close: () => database.drop(),
  };
});

let world: AlertsWorld;
beforeEach(async () => {
  world = await openAlertsWorld();
});
afterEach(() => world.close());

const ANA = { 'x-as': 'owner:ana' };
const SAM = { 'x-as': 'staff:sam:viewer' };

async function call<Body = Record<string, unknown>>(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<{ status: number; body: Body }> {
  const json =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } };
  const response = await fetch(`${world.baseUrl}${path}`, { method, headers, ...json });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Body };
}

async function happen(name: string, change: Parameters<typeof signedVerdict>[1] = {}): Promise<void> {
  await world.alerts.planner.handle([recordOf(signedVerdict(name, change))]);
  await world.deliver();
}

interface OwnerList {
  alerts: { id: string; title: string; seen_at: string | null; actions: unknown[] }[];
}

describe('the owner’s list', () => {
  it('pages by id, marks as seen, and is the owner’s alone', async () => {
    await happen('w1');
    await happen('d1', { event_type: 'wallet.deposit.confirmed', outcome: 'allow', reasons: [] });
    await happen('w2', { subject: 'mei' });
    const all = await call<OwnerList>('GET', '/v1/me/alerts', ANA);
    expect(all.body.alerts.map((alert) => [alert.id, alert.title])).toEqual([
      ['1', 'Withdrawal of 1.5 ETH is on hold'],
      ['2', '1.5 ETH arrived'],
    ]);
    expect(all.body.alerts[0]?.actions).toMatchObject([{ kind: 'answer', answers: ['yes', 'no'] }]);
    expect(all.body.alerts[1]?.actions).toEqual([]);
    expect(JSON.stringify(all.body)).not.toMatch(/score|takeover/);
    expect((await call<OwnerList>('GET', '/v1/me/alerts?after=1', ANA)).body.alerts.map((alert) => alert.id)).toEqual(['2']);
    expect((await call('POST', '/v1/me/alerts/2/seen', ANA)).status).toBe(204);
    expect((await call('POST', '/v1/me/alerts/99/seen', ANA)).status).toBe(404);
    expect((await call<OwnerList>('GET', '/v1/me/alerts', ANA)).body.alerts.map((alert) => alert.seen_at !== null)).toEqual([
      false,
      true,
    ]);
    expect((await call<OwnerList>('GET', '/v1/me/alerts', { 'x-as': 'owner:mei' })).body.alerts).toHaveLength(1);
    expect((await call('GET', '/v1/me/alerts?after=x', ANA)).status).toBe(400);
  });

  it('takes answers of the signed-in owner, once', async () => {
    await happen('w1');
    await happen('w2', { subject: 'mei' });
    expect((await call('POST', '/v1/me/alerts/1/answer', ANA, { answer: 'no' })).body).toEqual({ outcome: 'recorded' });
    expect((await call('POST', '/v1/me/alerts/1/answer', ANA, { answer: 'no' })).body).toEqual({ outcome: 'already_answered' });
    expect((await call('POST', '/v1/me/alerts/2/answer', ANA, { answer: 'no' })).status).toBe(404);
    expect((await call('POST', '/v1/me/alerts/1/answer', ANA, { answer: 'perhaps' })).status).toBe(400);
    expect(await world.locks()).toEqual(['ana']);
  });

  it('keeps the newest messages', async () => {
    const inbox = createInbox({ sql: world.database.sql, clock: world.clock });
    const message = { recipient: 'account:ana', locale: 'en', subject: 's', text: 't', severity: 'info', payload: {} } as const;
    const total = ALERT_LIMITS.inAppPerAccountMax + 5;
    for (let index = 0; index < total; index += 1) await inbox.save({ ...message, deliveryId: crypto.randomUUID() });
    const [row] = await world.database.sql.query('select count(*) as n, min(position) as first from alerts.in_app');
    expect(row).toEqual({ n: BigInt(ALERT_LIMITS.inAppPerAccountMax), first: 6n });
  });
});

describe('the staff’s lists', () => {
  it('show verdicts in order, one with its why, and alerts with their deliveries and answers', async () => {
    await happen('w1');
    await happen('quiet', { subject: 'mei', event_type: 'wallet.session.refreshed', outcome: 'allow', reasons: [] });
    await happen('w1', { revision: 2, outcome: 'freeze' });
    const { body } = await call<{ verdicts: { id: string; event_id: string; outcome: string }[] }>(
      'GET',
      '/v1/staff/verdicts',
      SAM,
    );
    expect(body.verdicts.map((verdict) => verdict.outcome)).toEqual(['hold', 'allow', 'freeze']);
    const [first] = body.verdicts;
    const after = await call<typeof body>('GET', `/v1/staff/verdicts?after=${first?.id}&limit=1`, SAM);
    expect(after.body.verdicts.map((verdict) => verdict.outcome)).toEqual(['allow']);
    const ofMei = await call<typeof body>('GET', '/v1/staff/verdicts?account_id=mei', SAM);
    expect(ofMei.body.verdicts).toHaveLength(1);
    const one = await call('GET', `/v1/staff/verdicts/${first?.event_id}`, SAM);
    expect(one.body).toMatchObject({
      verdict: { body: { revision: 2, outcome: 'freeze' } },
      earlier: [{ body: { revision: 1 } }],
    });
    expect(one.body['earlier']).toEqual([signedVerdict('w1')]);
    expect((await call('GET', '/v1/staff/verdicts/none', SAM)).body).toMatchObject({ code: 'verdict_unknown' });
    const alerts = await call('GET', '/v1/staff/alerts?audience=owner', SAM);
    expect(alerts.body['alerts']).toMatchObject([
      { template: 'withdrawal_denied', answer: 'open' },
      {
        template: 'withdrawal_held',
        account_id: 'ana',
        deliveries: [{ channel: 'in_app', state: 'delivered' }, { channel: 'mail' }],
      },
    ]);
  });

  it('are closed to owners and to roles without the feed', async () => {
    for (const path of ['/v1/staff/alerts', '/v1/staff/verdicts', '/v1/staff/verdicts/x']) {
      expect((await call('GET', path, ANA)).status).toBe(403);
      expect((await call('GET', path, { 'x-as': 'staff:tom:treasury' })).status).toBe(403);
    }
    expect((await call('GET', '/v1/me/alerts', SAM)).status).toBe(403);
  });
});

async function ticket(headers: Record<string, string>, path = '/v1/live/tickets'): Promise<string> {
  const { body } = await call<{ ticket: string }>('POST', path, headers);
  return `?ticket=${body.ticket}`;
}

describe('live', () => {
  it('shows owners their own alerts as they come, and never a verdict', async () => {
    await world.alerts.start();
    const client = openLive(world, await ticket(ANA));
    await client.until(1);
    await world.alerts.planner.handle([recordOf(signedVerdict('w0', { subject: 'mei' })), recordOf(signedVerdict('w1'))]);
    expect((await client.until(2))[1]).toMatchObject({ id: '1', kind: 'alert', title: 'Withdrawal of 1.5 ETH is on hold' });
    expect(JSON.stringify(client.frames)).not.toMatch(/score|takeover|mei/);
  });

  it('shows staff verdicts and alerts in one order, by ticket or by the cookie of their session', async () => {
    await world.alerts.start();
    const byTicket = openLive(world, await ticket(SAM, '/v1/staff/live/tickets'));
    const byCookie = openLive(world, '', { ...SAM, origin: 'https://wallet.example' });
    await Promise.all([byTicket.until(1), byCookie.until(1)]);
    await world.alerts.planner.handle([recordOf(signedVerdict('w1'))]);
    const frames = await byTicket.until(3);
    expect(frames.slice(1)).toMatchObject([
      { id: '1', kind: 'verdict', outcome: 'hold', account_id: 'ana', rules: [{ rule: 'takeover.new-device-cashout' }] },
      { id: '2', kind: 'alert', template: 'staff_verdict' },
    ]);
    expect(frames[1]).not.toHaveProperty('facts');
    expect(await byCookie.until(3)).toEqual(frames);
  });

  it('accepts a ticket once, also when two come at the same instant, and only in its time', async () => {
    const query = await ticket(ANA);
    const ends = await Promise.all(Array.from({ length: 8 }, () => liveOutcome(world, query)));
    expect(ends.toSorted((left, right) => left - right)).toEqual([101, 401, 401, 401, 401, 401, 401, 401]);
    expect(await liveRefusal(world, query)).toBe(401);
    const old = await ticket(ANA);
    world.clock.advance(ALERT_LIMITS.ticketMs);
    expect(await liveRefusal(world, old)).toBe(401);
    expect(await liveRefusal(world, '?ticket=guess')).toBe(401);
    const [row] = await world.database.sql.query('select count(*) as n from alerts.live_ticket');
    expect(row).toEqual({ n: 0n });
  });

  it('refuses foreign origins without burning the ticket, cookies without an origin, and roles without the feed', async () => {
    const query = await ticket(ANA);
    expect(await liveRefusal(world, query, { origin: 'https://evil.example' })).toBe(403);
    await openLive(world, query).until(1);
    expect(await liveRefusal(world, '', SAM)).toBe(401);
    expect(await liveRefusal(world, '', { ...SAM, origin: 'https://evil.example' })).toBe(403);
    expect(await liveRefusal(world, '', { 'x-as': 'staff:tom:treasury', origin: 'https://wallet.example' })).toBe(403);
    expect(await liveRefusal(world, '', { ...ANA, origin: 'https://wallet.example' })).toBe(403);
  });

  it('bounds the tickets of one person', async () => {
    for (let index = 0; index < ALERT_LIMITS.ticketsPerPrincipalMax; index += 1) await ticket(ANA);
    expect(await call('POST', '/v1/live/tickets', ANA)).toMatchObject({ status: 429, body: { code: 'too_many_tickets' } });
    world.clock.advance(ALERT_LIMITS.ticketMs);
    expect((await call('POST', '/v1/live/tickets', ANA)).status).toBe(201);
  });

  it('ends with the sign-in: connections and unused tickets of that person alone', async () => {
    const [ana, sam] = [openLive(world, await ticket(ANA)), openLive(world, await ticket(SAM, '/v1/staff/live/tickets'))];
    await Promise.all([ana.until(1), sam.until(1)]);
    const unused = await ticket(ANA);
    const closed = once(ana.socket, 'close');
    await world.alerts.endLive('owner:ana');
    expect((await closed)[0]).toBe(LIVE_CLOSE.dropped);
    expect(await liveRefusal(world, unused)).toBe(401);
    expect(sam.socket.readyState).toBe(sam.socket.OPEN);
    const everybody = once(sam.socket, 'close');
    await world.alerts.endLive();
    expect((await everybody)[0]).toBe(LIVE_CLOSE.dropped);
  });

  it('loses and doubles nothing over disconnects while others write', async () => {
    await world.alerts.start();
    const total = 120;
    const writing = Promise.all(
      [0, 1, 2].map(async (lane) => {
        for (let index = lane; index < total; index += 3) {
          const change = { event_type: 'wallet.session.refreshed', outcome: 'allow', reasons: [] } satisfies Partial<VerdictBody>;
          await world.alerts.planner.handle([recordOf(signedVerdict(`v${index}`, change))]);
        }
      }),
    );
    const seen: number[] = [];
    while (seen.length < total) {
      const query = `${await ticket(SAM, '/v1/staff/live/tickets')}&last_seen=${seen.at(-1) ?? 0}`;
      const client = openLive(world, query);
      await client.until(Math.min(1 + 25, 1 + total - seen.length));
      client.socket.terminate();
      seen.push(...client.frames.flatMap((frame) => (frame['kind'] === 'verdict' ? [Number(frame['id'])] : [])));
    }
    await writing;
    expect(seen).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  });

  it('reads an owner’s feed and the staff’s feed apart', async () => {
    await happen('w1');
    const feed = createLiveFeed(world.database.sql);
    expect((await feed.after('account:ana', 0n, 10)).map((message) => message.body['kind'])).toEqual(['alert']);
    expect((await feed.after('staff', 0n, 10)).map((message) => message.body['kind'])).toEqual(['verdict', 'alert']);
    expect(await feed.after('account:nobody', 0n, 10)).toEqual([]);
    expect([await feed.head('staff'), await feed.head('account:nobody')]).toEqual([2n, 0n]);
  });
});
