import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GuardedRoute, guardedRoutes } from '../../app/http/access-guard.ts';
import { listDeadLetters } from '../../app/run/dead-letter-office.ts';
import { STAFF_ROLES, TOPICS } from '../../core/index.ts';
import { runToEnd } from './testing/bulwark-child.ts';
import { addColleague, ETHER_ASSET, newOwner, type Owner, signInStaff, type StaffSession } from './testing/people.ts';
import { readEvents, readVerdicts } from './testing/read-road.ts';
import { type RunningInstance, startInstance } from './testing/running-instance.ts';
import { type DoorAnswer, payment, postAsService, SERVICES } from './testing/service-door.ts';

const PROVIDER_KEY = Buffer.alloc(32, 9);
const PATIENCE = { timeout: 45_000, interval: 100 };
const NUL = '\u0000';
/** Deeper than a program that calls itself a level can go. */
const DEEP = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
const POLLUTED = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';

let instance: RunningInstance;
let owner: Owner;
let base: string;

beforeAll(async () => {
  instance = await startInstance({ ...SERVICES, PROVIDER_SECRETS: `acme:whsec_${PROVIDER_KEY.toString('base64')}` });
  base = instance.place.baseUrl;
  owner = await newOwner(instance.place, 'mallory', '198.51.100.120');
  await owner.agent.enrolTotp();
});

afterAll(async () => {
  await instance?.stop();
});

const expectProblem = (answer: DoorAnswer, status: number, code?: string): void => {
  expect(answer).toMatchObject({ status, type: expect.stringContaining('application/problem+json') });
  expect(answer.body).toMatchObject({ status, code: code ?? expect.stringMatching(/^[a-z0-9_]+$/), detail: expect.any(String) });
  expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:\d+|at \w+ \(/);
};

const events = (body: unknown, headers?: Record<string, string>): Promise<DoorAnswer> =>
  postAsService(`${base}/v1/events`, body, headers);
const withData = (change: Record<string, unknown>): Record<string, unknown> => {
  const event = payment();
  return { ...event, data: { ...(event['data'] as object), ...change } };
};

/** Everything an amount may look like that it must not: attack F09. */
const BAD_AMOUNTS = ['-1', '+1', '1e3', '1.5', '0x10', ' 1', '1 ', '01', '', '٣', '9'.repeat(79), 5, 1.5, -1, null, true, [], {}];

describe('POST /v1/events', () => {
  it.each<[string, unknown, number, string | undefined]>([
    ['half a document', '{"id":', 400, undefined],
    ['nothing', '', 400, undefined],
    ['no document', 'hello', 400, undefined],
    ['a list of nothing', [], 400, undefined],
    ['null', 'null', 400, undefined],
    ['a number for an id', payment({ id: 5 }), 400, 'envelope_invalid'],
    ['no UUID for an id', payment({ id: 'x'.repeat(36) }), 400, 'envelope_invalid'],
    ['a number for a time', payment({ time: 17 }), 400, 'envelope_invalid'],
    ['a time that is none', payment({ time: '2026-13-45T99:00:00Z' }), 400, 'envelope_invalid'],
    ['data that is a list', payment({ data: [] }), 400, undefined],
    ['data that lacks everything', payment({ data: {} }), 400, 'data_invalid'],
    ['data with more than it has', withData({ admin: true }), 400, 'data_invalid'],
    ['an unknown type', payment({ type: 'wallet.money.printed' }), 400, 'type_unknown'],
    ['a type named like a method', payment({ type: 'toString' }), 400, 'type_unknown'],
    ['a forged source', payment({ source: 'urn:bulwark:wallet' }), 403, 'source_forged'],
    ['another stream', payment({ stream: 'history' }), 400, 'stream_not_allowed'],
    ['a subject with NUL', payment({ subject: `a${NUL}b` }), 400, 'text_holds_nul'],
    ['half a surrogate pair', JSON.stringify(payment({ subject: 'XX' })).replace('XX', '\\ud800'), 400, 'data_invalid'],
    ['names of the prototype', POLLUTED, 400, undefined],
    [
      'names of the prototype in data',
      JSON.stringify(payment()).replace('"data":{', `"data":{"__proto__":{"a":1},`),
      400,
      undefined,
    ],
    ['an event that is too large', payment({ extra: 'x'.repeat(70_000) }), 413, 'too_large'],
    ['two megabytes', `[${JSON.stringify('x'.repeat(2 * 1024 * 1024))}]`, 413, undefined],
    ['ten thousand brackets', '['.repeat(10_000), 400, undefined],
    ['brackets within brackets', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 400, undefined],
    ['data within data', JSON.stringify(withData({ a: 'XX' })).replace('"XX"', DEEP), 400, undefined],
  ])('refuses %s', async (_name, body, status, code) => {
    expectProblem(await events(body), status, code);
  });

  it.each(BAD_AMOUNTS)('refuses the amount %j', async (amount) => {
    expectProblem(await events(withData({ amount })), 400, 'data_invalid');
  });

  it('refuses a whole number that JSON readers round', async () => {
    const body = JSON.stringify(withData({ amount_usd_cents: 0 })).replace(
      '"amount_usd_cents":0',
      '"amount_usd_cents":9007199254740993',
    );
    expectProblem(await events(body), 400, 'data_invalid');
  });

  it('refuses the wallet’s own events from anybody else', async () => {
    const type = 'wallet.session.revoked';
    expectProblem(await events(payment({ type, data: { session_id: 's', reason: 'x' } })), 403, 'source_forged');
  });

  it('refuses other kinds of content and a token that is none', async () => {
    expectProblem(await events('<event/>', { 'content-type': 'text/xml' }), 415);
    expectProblem(await events(payment(), { authorization: 'Bearer wrong' }), 401, 'token_invalid');
    expectProblem(await events(payment(), { authorization: `Bearer ${'x'.repeat(5_000)}` }), 401, 'token_missing');
  });

  it('still takes what is good, and nothing of the above was judged', async () => {
    const good = payment();
    expect(await events(good)).toMatchObject({ status: 202, body: { accepted: [good['id']], refused: [] } });
    const sent = (await readEvents(instance.bulwark.log)).filter(({ event }) => event.type === 'payment.card.authorized');
    expect(sent.map(({ event }) => event.id)).toEqual([good['id']]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('what an owner sends', () => {
  const payee = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
  const withdrawal = (change: Record<string, unknown>): Record<string, unknown> => ({
    withdrawal_id: randomUUID(),
    asset: ETHER_ASSET,
    amount: '1000',
    payee,
    ...change,
  });
  const transfer = (change: Record<string, unknown>): Record<string, unknown> => ({
    transfer_id: randomUUID(),
    asset: ETHER_ASSET,
    amount: '1000',
    to_account: owner.accountId,
    ...change,
  });
  const claim = (change: Record<string, unknown>): Record<string, unknown> => ({
    claim_id: 'c1',
    chain_id: 31_337,
    tx_hash: `0x${'ab'.repeat(32)}`,
    ...change,
  });

  async function refusedBy(path: string, body: unknown): Promise<void> {
    const answer = await owner.agent.api('POST', path, body);
    const type = answer.headers.get('content-type') ?? '';
    expect([answer.status >= 400 && answer.status < 500, type, path, body]).toEqual([
      true,
      expect.stringContaining('application/problem+json'),
      path,
      body,
    ]);
  }

  it.each(BAD_AMOUNTS)('never moves the amount %j', async (amount) => {
    await refusedBy('/v1/me/withdrawals', withdrawal({ amount }));
    await refusedBy('/v1/me/transfers', transfer({ amount }));
  });

  it('refuses withdrawals that name no id, asset or payee there could be', async () => {
    for (const change of [
      { withdrawal_id: 'mine' },
      { withdrawal_id: 7 },
      { asset: `${ETHER_ASSET}${NUL}` },
      { asset: 'eip155:1/slip44:60' },
      { asset: ['a'] },
      { payee: 'alice' },
      { payee: payee.toLowerCase().replace('0x', '0X') },
      { payee: '0x0000000000000000000000000000000000000000' },
      { payee: payee.replace('C8', 'c8') },
      { fee_cap: '-1' },
      { fee_cap: '9'.repeat(78) },
      { amount: '0' },
      { amount: (2n ** 256n).toString() },
      { amount: (2n ** 53n + 1n).toString() },
      { is_admin: true },
    ])
      await refusedBy('/v1/me/withdrawals', withdrawal(change));
  });

  it('refuses transfers to nobody, to oneself, and of nothing', async () => {
    for (const to of ['nobody', NUL, '', '__proto__', owner.accountId, 5])
      await refusedBy('/v1/me/transfers', transfer({ to_account: to }));
  });

  it('refuses claims of no chain and no transaction', async () => {
    for (const change of [
      { chain_id: -1 },
      { chain_id: '31337' },
      { chain_id: 1.5 },
      { chain_id: 2 ** 53 },
      { chain_id: 424_242 },
      { tx_hash: '0x12' },
      { tx_hash: null },
      { claim_id: `a${NUL}` },
      { claim_id: 'x'.repeat(129) },
      { amount: '1000000' },
    ])
      await refusedBy('/v1/me/deposit-claims', claim(change));
  });

  it('left the books untouched', async () => {
    expect(await instance.bulwark.sql.query('select 1 from withdrawals.withdrawal')).toEqual([]);
    expect(await instance.bulwark.sql.query('select 1 from withdrawals.internal_transfer')).toEqual([]);
    expect(await instance.bulwark.wallet.ledger.balanced(instance.bulwark.sql)).toMatchObject({ ok: true });
  });
});

describe('callbacks of a provider', () => {
  async function callback(
    body: string,
    change: { id?: string; at?: number; key?: Buffer; name?: string } = {},
  ): Promise<DoorAnswer> {
    const { id = randomUUID(), at = Date.now() / 1_000, key = PROVIDER_KEY, name = 'acme' } = change;
    const timestamp = String(Math.floor(at));
    const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    return postAsService(`${base}/v1/providers/${name}/callbacks`, body, {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${mac}`,
    });
  }
  const honest = JSON.stringify({ data: { chain_id: 31_337, tx_hash: `0x${'cd'.repeat(32)}` } });

  it('are refused unsigned, forged, old, early, malformed, polluted and large', async () => {
    expectProblem(await postAsService(`${base}/v1/providers/acme/callbacks`, honest), 400);
    expectProblem(await callback(honest, { key: Buffer.alloc(32, 1) }), 401, 'signature_invalid');
    expectProblem(await callback(honest, { at: Date.now() / 1_000 - 3_600 }), 401, 'webhook_expired');
    expectProblem(await callback(honest, { at: Date.now() / 1_000 + 3_600 }), 401, 'webhook_expired');
    expectProblem(await callback(honest, { name: 'nobody' }), 404, 'provider_unknown');
    for (const body of ['', '{', 'null', '[]', POLLUTED, '{"data":{"chain_id":"31337","tx_hash":7}}', NUL.repeat(10)]) {
      expectProblem(await callback(body), 400, 'payload_malformed');
    }
    expectProblem(await callback(JSON.stringify({ pad: 'x'.repeat(70_000) })), 413);
  });

  it('are taken once', async () => {
    const id = randomUUID();
    expect(await callback(honest, { id })).toMatchObject({ status: 200, body: { result: 'accepted' } });
    expect(await callback(honest, { id })).toMatchObject({ status: 200, body: { result: 'duplicate' } });
  });
});

describe('what is hardly a request', () => {
  /** What comes back on a bare connection. */
  async function raw(text: string): Promise<string> {
    const { hostname, port } = new URL(base);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    socket.end(text);
    await once(socket, 'close');
    return answer;
  }

  it.each([
    ['headers of 40 KB', `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(40_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ['no HTTP', 'hello\r\n\r\n', 400, 'request_malformed'],
    ['NUL in a header', `GET / HTTP/1.1\r\nhost: x\r\nx-nul: a${NUL}b\r\n\r\n`, 400, 'request_malformed'],
    [
      'two lengths',
      'POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc',
      400,
      'request_malformed',
    ],
    [
      'half a percent sign',
      'GET /v1/me/withdrawals/%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      400,
      'fst_err_bad_url',
    ],
  ])('is answered with a problem document: %s', async (_name, text, status, code) => {
    const answer = await raw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('content-type: application/problem+json');
    expect(answer).toContain(`"code":"${code}"`);
  });
});

describe('anything at all', () => {
  const BODIES: readonly unknown[] = [
    null,
    [],
    'x',
    17,
    JSON.parse(POLLUTED),
    { [NUL]: NUL },
    { id: { $gt: '' } },
    { code: '1'.repeat(1_000), reason: NUL, amount: -1, chain_id: 2 ** 60 },
  ];
  const NAMES = ['%00', '..%2f..', 'x'.repeat(150), "'%20or%201=1--", '%F0%9F%92%A9', '9'.repeat(30)];
  const QUERIES = ['?limit=-1', '?limit=x&limit=2', '?after=%00', '?after=99999999999999999999', '?__proto__[a]=1', '?lang=%00'];
  /** These end the session that asks. */
  const ENDS_SESSION = /\/(lock|revoke-all|logout)$/;
  let staff: StaffSession;
  let asked = 0;

  /** Sends as whoever may use the route, and gives the status. */
  async function ask({ method, access }: GuardedRoute, path: string, body: unknown): Promise<number> {
    if (access.kind === 'owner') return (await owner.agent.api(method, path, body)).status;
    if (access.kind === 'staff') return (await staff.send(method, path, body)).status;
    asked += 1;
    const headers = { 'x-forwarded-for': `10.2.${asked >> 8}.${asked & 255}` };
    if (method === 'POST') return (await postAsService(`${base}${path}`, body, headers)).status;
    return (await fetch(`${base}${path}`, { method, headers, redirect: 'manual' })).status;
  }

  const hasParameter = ({ url }: GuardedRoute): boolean => /:|\*/.test(url);
  const pathOf = ({ url }: GuardedRoute, name: string): string => url.replace(/:\w+|\*/g, name);

  /** Routes of the method that failed on something: what it was, and the status. */
  async function failures(method: 'GET' | 'POST'): Promise<string[]> {
    const failed: string[] = [];
    const routes = guardedRoutes(instance.bulwark.server).filter(
      (route) => route.method === method && !ENDS_SESSION.test(route.url),
    );
    for (const route of routes) {
      const names = hasParameter(route) ? NAMES : [];
      const plain = pathOf(route, 'nothing');
      const tries =
        method === 'POST'
          ? [...BODIES.map((body) => [plain, body] as const), ...names.map((name) => [pathOf(route, name), {}] as const)]
          : [...QUERIES.map((query) => `${plain}${query}`), ...names.map((name) => pathOf(route, name))].map(
              (path) => [path, undefined] as const,
            );
      for (const [path, body] of tries) {
        const status = await ask(route, path, body);
        if (status >= 500) failed.push(`${method} ${path} ${JSON.stringify(body)}: ${status}`);
      }
    }
    return failed;
  }

  it.each(['POST', 'GET'] as const)('sent by %s fails no route', async (method) => {
    staff ??= await signInStaff(
      instance.place,
      await addColleague(instance.bulwark, 'tester', [...STAFF_ROLES]),
      '198.51.100.121',
    );
    expect(await failures(method)).toEqual([]);
    const errors = instance.logged.filter((line) => line.includes('request failed'));
    expect(errors).toEqual([]);
  });
});

describe('what is no event on the topic', () => {
  it('becomes a dead letter with its reason, keeps nothing else waiting, and is listed by the command', async () => {
    const { log } = instance.bulwark;
    const wallet = { source: 'urn:bulwark:wallet' };
    const shop = { source: 'urn:bulwark:service:shop' };
    const whole = { specversion: '1.0', stream: 'live', ...payment({ source: shop.source }) };
    const before = (await readVerdicts(log)).length;
    await log.produce(TOPICS.events, [
      { key: 'a', value: 'not JSON', headers: shop },
      { key: 'a', value: JSON.stringify({ ...whole, type: 'wallet.money.printed' }), headers: shop },
      { key: 'a', value: JSON.stringify(whole), headers: wallet },
      { key: 'a', value: JSON.stringify({ ...whole, data: {} }), headers: shop },
      { key: 'a', value: JSON.stringify({ ...whole, data: { a: 'XX' } }).replace('"XX"', DEEP), headers: shop },
      { key: 'a', value: JSON.stringify({ ...whole, time: '2099-01-01T00:00:00.000Z' }), headers: shop },
      { key: 'a', value: JSON.stringify({ ...whole, id: randomUUID() }), headers: shop },
    ]);
    await expect.poll(async () => (await readVerdicts(log)).length, PATIENCE).toBe(before + 1);
    const letters = await listDeadLetters(log, 100);
    const reasons = letters.map(({ reason }) => reason).toSorted();
    expect(reasons).toEqual([
      'data_invalid',
      'data_invalid',
      'malformed_json',
      'source_forged',
      'time_in_future',
      'type_unknown',
    ]);
    const listed = await runToEnd(['dead-letters', 'list', '--json'], instance.place.dataDirectory);
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    const lines = listed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { reason: string });
    expect(lines.map(({ reason }) => reason).toSorted()).toEqual(reasons);
  });
});
