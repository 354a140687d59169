import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LIMITS, type Principal, type StaffId, type SessionId, TOPICS, type Verdict } from '../../core/index.ts';
import { ManualClock } from '../../platform/clock/index.ts';
import { type EventLog, eventLogMigrations, openSqlEventLog } from '../../platform/event-log/index.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import { createEngine, type Engine } from '../engine/engine.ts';
import { engineDeps, eventId, readTopic, START_MS } from '../engine/testing.ts';
import { eventRoutes } from './http.ts';
import { createVerdictWaiter } from './verdict-waiter.ts';

const SHOP: Principal = { kind: 'service', name: 'shop', scopes: ['events:write'] };

let database: TestDatabase;
let log: EventLog;
let server: FastifyInstance;
let principal: Principal | null;
let engine: Engine | null;
const clock = new ManualClock(START_MS);
const waiter = createVerdictWaiter();

beforeEach(async () => {
  database = await createTestDatabase([eventLogMigrations]);
  log = openSqlEventLog({ sql: database.sql, clock });
  await log.ensureTopics([{ name: TOPICS.events, partitions: 1 }]);
  principal = SHOP;
  engine = null;
  server = Fastify();
  server.decorateRequest('principal', null);
  server.addHook('onRequest', async (request) => {
    request.principal = principal;
  });
  await server.register(eventRoutes({ log, clock, awaitVerdict: waiter.awaitVerdict }));
});

afterEach(async () => {
  await server.close();
  await engine?.stop();
  await log.close();
  await database.drop();
});

const payment = (n: number, change: Record<string, unknown> = {}) => ({
  id: eventId(n),
  type: 'payment.card.authorized',
  time: new Date(START_MS).toISOString(),
  subject: 'payer-1',
  data: { payment_id: `p-${n}`, payer: 'payer-1', terminal: 't', amount: '100', asset: 'iso4217:USD' },
  ...change,
});

const post = (url: string, payload: object, type = 'application/json') =>
  server.inject({ method: 'POST', url, payload: JSON.stringify(payload), headers: { 'content-type': type } });

describe('POST /v1/events', () => {
  test('stamps source and stream and puts the event on the log under its subject', async () => {
    const answer = await post('/v1/events', payment(1));
    expect([answer.statusCode, answer.json()]).toEqual([202, { accepted: [eventId(1)], refused: [] }]);
    const [record] = await readTopic(log, TOPICS.events);
    expect(record).toMatchObject({ key: 'payer-1', headers: { source: 'urn:bulwark:service:shop', event_id: eventId(1) } });
    expect(JSON.parse(record?.value ?? '')).toMatchObject({
      source: 'urn:bulwark:service:shop',
      stream: 'live',
      specversion: '1.0',
    });
  });

  test('takes the good of a batch and says what is wrong with the others', async () => {
    const batch = [
      payment(1),
      payment(2, { subject: '' }),
      payment(3, { type: 'wallet.session.revoked', data: { session_id: 's', reason: 'x' } }),
      payment(4, { source: 'urn:bulwark:wallet' }),
      payment(5, { stream: 'history' }),
      payment(6, { time: new Date(START_MS + LIMITS.eventSkewMs + 1).toISOString() }),
      payment(7),
    ];
    const answer = await post('/v1/events', batch, 'application/cloudevents-batch+json');
    expect(answer.statusCode).toBe(202);
    const { accepted, refused } = answer.json<{ accepted: string[]; refused: { index: number; code: string }[] }>();
    expect(accepted).toEqual([eventId(1), eventId(7)]);
    expect(refused.map(({ index, code }) => [index, code])).toEqual([
      [1, 'envelope_invalid'],
      [2, 'source_forged'],
      [3, 'source_forged'],
      [4, 'stream_not_allowed'],
      [5, 'time_in_future'],
    ]);
    expect(await readTopic(log, TOPICS.events)).toHaveLength(2);
  });

  test.each([
    ['one bad event', payment(1, { data: {} }), 400, 'data_invalid'],
    ['a forged source', payment(1, { source: 'urn:bulwark:wallet' }), 403, 'source_forged'],
    ['an event that is too large', payment(1, { extra: 'x'.repeat(LIMITS.eventBytesMax) }), 413, 'too_large'],
  ])('refuses %s with a problem document', async (_name, body, status, code) => {
    const answer = await post('/v1/events', body);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([status, 'application/problem+json; charset=utf-8']);
    expect(answer.json()).toMatchObject({ code, refused: [{ index: 0, id: eventId(1) }] });
    expect(await readTopic(log, TOPICS.events)).toEqual([]);
  });

  test('bounds the batch and the body', async () => {
    expect(
      (
        await post(
          '/v1/events',
          Array.from({ length: LIMITS.eventsPerRequestMax + 1 }, () => ({})),
        )
      ).statusCode,
    ).toBe(400);
    expect((await post('/v1/events', [])).statusCode).toBe(400);
    expect((await post('/v1/events', { a: 'x'.repeat(LIMITS.requestBytesMax) })).statusCode).toBe(413);
  });

  test('takes events of services alone', async () => {
    principal = { kind: 'staff', staffId: 's' as StaffId, sessionId: 'x' as SessionId, roles: ['admin'] };
    expect((await post('/v1/events', payment(1))).statusCode).toBe(403);
    expect((await post('/v1/assess', payment(1))).statusCode).toBe(403);
  });
});

describe('POST /v1/assess', () => {
  async function startEngine() {
    engine = createEngine({ ...engineDeps(log, clock, []), onVerdict: (verdict) => waiter.notice(verdict) });
    await engine.start();
  }

  test('answers with the verdict, again the same when asked again, and with a conflict for another body', async () => {
    await startEngine();
    const first = await post('/v1/assess?wait_ms=10000', payment(11));
    expect(first.statusCode).toBe(200);
    expect(first.json<Verdict>().body).toMatchObject({ event_id: eventId(11), outcome: 'allow', facts: { amount_usd: 1 } });
    const again = await post('/v1/assess', payment(11));
    expect(again.body).toBe(first.body);
    const changed = await post('/v1/assess', payment(11, { subject: 'payer-2' }));
    expect([changed.statusCode, changed.json<{ code: string }>().code]).toEqual([409, 'exists_with_different_body']);
  });

  test('does not answer one service with the verdict of another', async () => {
    await startEngine();
    expect((await post('/v1/assess?wait_ms=10000', payment(21))).statusCode).toBe(200);
    principal = { kind: 'service', name: 'other', scopes: ['events:write'] };
    const answer = await post('/v1/assess?wait_ms=10000', payment(21));
    expect(answer.json<Verdict>().body.event_source).toBe('urn:bulwark:service:other');
  });

  test('says hold when no verdict comes in time', async () => {
    const answer = await post('/v1/assess?wait_ms=1', payment(31));
    expect([answer.statusCode, answer.json()]).toEqual([
      504,
      expect.objectContaining({ code: 'no_verdict_yet', outcome: 'hold', event_id: eventId(31) }),
    ]);
    expect(await readTopic(log, TOPICS.events)).toHaveLength(1);
  });
});
