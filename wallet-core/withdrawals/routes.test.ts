import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountId, ClientInfo, DeviceId, Principal, SessionId, StaffId } from '../../core/index.ts';
import { ETHER, GOOD_CODE, newPayee, openWithdrawalWorld, type WithdrawalWorld } from './testing/withdrawal-world.ts';

let world: WithdrawalWorld;
let server: FastifyInstance;

/** Who calls stands in a header here; the real guard (app/http) proves it by credentials. */
function principalOf(header: string): Principal {
  const [kind, id] = header.split(':');
  const sessionId = 'session-1' as SessionId;
  if (kind === 'staff') return { kind: 'staff', staffId: id as StaffId, sessionId, roles: ['analyst'] };
  return { kind: 'owner', accountId: id as AccountId, sessionId, deviceId: 'device-1' as DeviceId };
}

beforeAll(async () => {
  world = await openWithdrawalWorld();
  server = Fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } });
  server.decorateRequest('principal', null);
  server.decorateRequest('client', null as unknown as ClientInfo);
  server.addHook('onRequest', async (request) => {
    request.principal = principalOf(String(request.headers['x-test-principal']));
    request.client = {
      ip: '203.0.113.9',
      userAgent: 'test',
      deviceId: 'device-1' as DeviceId,
      sessionId: 'session-1' as SessionId,
    };
  });
  for (const routes of [world.withdrawals.ownerRoutes, world.withdrawals.staffRoutes, world.ledger.ownerRoutes]) {
    await server.register(async (scope) => routes(scope));
  }
});
afterAll(async () => {
  await server.close();
  await world.close();
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { withdrawal?: Record<string, unknown>; withdrawals?: Record<string, unknown>[] };
}

async function call(principal: string, method: 'GET' | 'POST', url: string, payload?: object): Promise<Answer> {
  const answer = await server.inject({
    method,
    url,
    headers: { 'x-test-principal': principal },
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

const bodyOf = (overrides: object = {}) => ({
  withdrawal_id: randomUUID(),
  asset: ETHER,
  amount: '100',
  payee: newPayee(),
  ...overrides,
});

/** Posts a request and lets the engine answer while the handler waits. */
async function post(account: string, body: ReturnType<typeof bodyOf>, outcome: 'allow' | 'challenge' | 'hold'): Promise<Answer> {
  const answered = call(`owner:${account}`, 'POST', '/v1/me/withdrawals', body);
  let row = undefined;
  while (row === undefined) {
    row = (await world.sql.query('select 1 from withdrawals.withdrawal where id = $1', [body.withdrawal_id]))[0];
  }
  await world.judge(await world.read(body.withdrawal_id), { outcome });
  return answered;
}

describe('the owner’s routes', () => {
  test('a request waits for its verdict and answers where it stands; repeated, it is answered from the first', async () => {
    const account = await world.fund(randomUUID(), 1_000n);
    const body = bodyOf();
    const first = await post(account, body, 'challenge');
    expect(first).toMatchObject({
      status: 201,
      body: { withdrawal: { state: 'awaiting_step_up', outcome: 'challenge', symbol: 'ETH', decimals: 18 } },
    });
    expect(first.body.withdrawal?.['step_up']).toMatchObject({ methods: ['totp'] });
    expect(await call(`owner:${account}`, 'POST', '/v1/me/withdrawals', body)).toEqual({ ...first, status: 200 });
    const other = await call(`owner:${account}`, 'POST', '/v1/me/withdrawals', { ...body, amount: '101' });
    expect(other).toMatchObject({ status: 409, body: { code: 'exists_with_different_body' } });
    expect((await world.events(account)).slice(-1)).toEqual(['wallet.request.rejected']);
    const url = `/v1/me/withdrawals/${body.withdrawal_id}`;
    expect(await call(`owner:${account}`, 'POST', `${url}/step-up`, { code: '000000' })).toMatchObject({
      status: 403,
      body: { code: 'totp_wrong' },
    });
    expect(await call(`owner:${account}`, 'POST', `${url}/step-up`, { code: GOOD_CODE })).toMatchObject({
      status: 200,
      body: { withdrawal: { state: 'approved' } },
    });
    expect(await call(`owner:${account}`, 'POST', `${url}/cancel`)).toMatchObject({
      status: 200,
      body: { withdrawal: { state: 'cancelled' } },
    });
    expect((await call(`owner:${account}`, 'GET', '/v1/me/withdrawals')).body.withdrawals).toHaveLength(1);
    expect(await call(`owner:${account}`, 'GET', '/v1/me/balances')).toMatchObject({
      body: { balances: [{ available: '1000', outgoing: '0' }] },
    });
    expect(await call('owner:somebody-else', 'GET', url)).toMatchObject({ status: 404, body: { code: 'withdrawal_unknown' } });
  });

  test('without a verdict in time the answer is held', async () => {
    const account = await world.fund(randomUUID(), 1_000n);
    const answer = await call(`owner:${account}`, 'POST', '/v1/me/withdrawals', bodyOf());
    expect(answer).toMatchObject({ status: 201, body: { withdrawal: { state: 'held', outcome: null } } });
    expect(answer.body.withdrawal?.['reasons']).toEqual([expect.stringContaining('has not finished')]);
  });

  test('amounts are strings of digits and nothing else (attack F09)', async () => {
    const account = await world.fund(randomUUID(), 1_000n);
    for (const amount of [100, 1e2, -100, '-100', '1e2', '100.0', '0x64', ' 100', '1'.repeat(79), 2 ** 53, null, ['100']]) {
      expect(await call(`owner:${account}`, 'POST', '/v1/me/withdrawals', bodyOf({ amount }))).toMatchObject({ status: 400 });
      const transfer = { transfer_id: randomUUID(), asset: ETHER, amount, to_account: 'b' };
      expect(await call(`owner:${account}`, 'POST', '/v1/me/transfers', transfer)).toMatchObject({ status: 400 });
    }
    expect(await call(`owner:${account}`, 'POST', '/v1/me/withdrawals', bodyOf({ surprise: true }))).toMatchObject({
      status: 400,
    });
    expect(await world.balance(account)).toEqual({ available: 1_000n, outgoing: 0n });
  });

  test('a payment inside', async () => {
    const [from, to] = [await world.fund(randomUUID(), 1_000n), await world.fund(randomUUID(), 1n)];
    const body = { transfer_id: randomUUID(), asset: ETHER, amount: '250', to_account: to };
    expect(await call(`owner:${from}`, 'POST', '/v1/me/transfers', body)).toMatchObject({
      status: 201,
      body: { transfer: { state: 'posted' } },
    });
    expect(await call(`owner:${from}`, 'POST', '/v1/me/transfers', body)).toMatchObject({ status: 200 });
    expect(await world.balance(to)).toMatchObject({ available: 251n });
  });
});

describe('the staff’s routes', () => {
  test('show what is held with its cause, and refuse it with a reason, audited', async () => {
    const account = await world.fund(randomUUID(), 1_000n);
    const body = bodyOf();
    expect(await post(account, body, 'hold')).toMatchObject({ body: { withdrawal: { state: 'held', outcome: 'hold' } } });
    const held = await call('staff:sam', 'GET', '/v1/staff/withdrawals?state=held');
    expect(held.body.withdrawals?.find((each) => each['withdrawal_id'] === body.withdrawal_id)).toMatchObject({
      account_id: account,
      hold_cause: 'verdict',
    });
    const url = `/v1/staff/withdrawals/${body.withdrawal_id}/deny`;
    expect(await call('staff:sam', 'POST', url, { reason: 'x' })).toMatchObject({ status: 400 });
    expect(await call('staff:sam', 'POST', url, { reason: 'the owner did not ask for it' })).toMatchObject({
      status: 200,
      body: { withdrawal: { state: 'denied', reason_code: 'denied_by_staff' } },
    });
    expect((await world.events(account)).slice(-2)).toEqual(['wallet.withdrawal.failed', 'wallet.staff.acted']);
    const [entry] = await world.sql.query(`select kind, actor from audit.entry where subject = $1 order by id desc limit 1`, [
      body.withdrawal_id,
    ]);
    expect(entry).toEqual({ kind: 'withdrawal_denied', actor: 'staff:sam' });
    expect(await world.balance(account)).toEqual({ available: 1_000n, outgoing: 0n });
  });
});
