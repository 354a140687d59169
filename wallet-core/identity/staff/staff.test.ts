import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StaffRole } from '../../../core/index.ts';
import { systemClock } from '../../../platform/clock/index.ts';
import { createTestDatabase, type TestDatabase } from '../../../platform/sql/testing.ts';
import { auditMigrations } from '../../audit/index.ts';
import { devicesMigrations } from '../../devices/index.ts';
import { outboxMigrations } from '../../outbox/index.ts';
import { restrictionsMigrations } from '../../restrictions/index.ts';
import { identityMigrations } from '../index.ts';
import type { AgentHttp, Answer } from '../agent/agent-http.ts';
import { type IdentityHost, openIdentityHost } from '../testing/identity-host.ts';
import { createTotpApp } from '../agent/totp-app.ts';
import { checkFourEyes } from './four-eyes.ts';

let database: TestDatabase;
let host: IdentityHost;
let addresses = 0;

beforeAll(async () => {
  database = await createTestDatabase([
    outboxMigrations,
    auditMigrations,
    restrictionsMigrations,
    devicesMigrations,
    identityMigrations,
  ]);
  host = await openIdentityHost(database.sql);
});
afterAll(async () => {
  await host?.close();
  await database?.drop();
});

async function newBrowser(): Promise<AgentHttp> {
  addresses += 1;
  return (await host.agent({ forwardedFor: `198.51.100.${addresses}` })).http;
}

interface SignedIn {
  readonly http: AgentHttp;
  readonly staffId: string;
  post(path: string, body?: unknown, csrf?: string): Promise<Answer>;
}

async function signIn(name: string, roles: readonly StaffRole[]): Promise<SignedIn> {
  const added = await host.identity.staff.add({ name, roles });
  if (!added.ok) throw new Error(added.refusal.message);
  const { staffId, password, totpSecret } = added.value;
  const http = await newBrowser();
  const code = await createTotpApp(totpSecret, systemClock).nextCode();
  const answer = await http.send('POST', '/staff/login', { body: { name, password, code } });
  expect(answer).toMatchObject({ status: 200, body: { location: '/console/' } });
  const me = (await http.send('GET', '/v1/staff/me')).body as { csrf_token: string };
  return {
    http,
    staffId,
    post: (path, body = {}, csrf = me.csrf_token) => http.send('POST', path, { body, headers: { 'x-csrf-token': csrf } }),
  };
}

async function newAccount(email: string): Promise<string> {
  const agent = await host.agent({ forwardedFor: `203.0.113.${(addresses += 1)}` });
  return (await agent.signUp(email, 'violet anchor tramway')).accountId;
}

test('signs in with name, password and code, by the page without JavaScript too', async () => {
  const { http, staffId } = await signIn('ada', ['analyst', 'viewer']);
  const me = await http.send('GET', '/v1/staff/me');
  expect(me.body).toMatchObject({ staff_id: staffId, name: 'ada', roles: ['analyst', 'viewer'] });

  const added = await host.identity.staff.add({ name: 'grace', roles: ['viewer'], password: 'pelican drum marmalade' });
  if (!added.ok) throw new Error(added.refusal.message);
  expect(added.value.password).toBeNull();
  const browser = await newBrowser();
  const page = await browser.send('GET', '/staff/login?lang=zh', { headers: { accept: 'text/html' } });
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page.body).toContain('员工登录');
  const csrf = /name="csrf" value="([^"]+)"/.exec(String(page.body))?.[1] ?? '';
  const code = await createTotpApp(added.value.totpSecret, systemClock).nextCode();
  const form = { name: 'grace', password: 'pelican drum marmalade', code };
  const headers = { accept: 'text/html' };
  const forged = await browser.send('POST', '/staff/login', { form: { ...form, csrf: 'x' }, headers });
  expect(forged.status).toBe(403);
  const wrong = await browser.send('POST', '/staff/login', { form: { ...form, password: 'no', csrf }, headers });
  expect(wrong.status).toBe(401);
  const right = await browser.send('POST', '/staff/login', { form: { ...form, csrf }, headers });
  expect(right.status).toBe(303);
  const again = await browser.send('POST', '/staff/login', { form: { ...form, csrf }, headers });
  expect(again.status).toBe(401);
});

test('of eight sign-ins with one code at once, one passes', async () => {
  const added = await host.identity.staff.add({ name: 'alan', roles: ['viewer'] });
  if (!added.ok || added.value.password === null) throw new Error('alan was not added');
  const { password, totpSecret } = added.value;
  const code = await createTotpApp(totpSecret, systemClock).nextCode();
  const results = await Promise.all(
    Array.from({ length: 8 }, (_, index) => host.identity.staff.signIn('alan', password, code, { ip: `192.0.2.${index}` })),
  );
  expect(results.filter((result) => result.ok)).toHaveLength(1);
});

test('throttles guesses, and takes no bad names, roles or passwords', async () => {
  const { staff } = host.identity;
  const codes = [];
  for (let tries = 0; tries < 12; tries += 1) {
    const result = await staff.signIn('nobody', 'wrong password', '000000', { ip: '192.0.2.200' });
    codes.push(result.ok ? 'ok' : result.refusal.code);
  }
  expect(codes[0]).toBe('staff_sign_in_failed');
  expect(codes.at(-1)).toBe('throttled');
  expect(await staff.add({ name: 'X', roles: ['viewer'] })).toMatchObject({ refusal: { code: 'staff_name_invalid' } });
  expect(await staff.add({ name: 'someone', roles: [] })).toMatchObject({ refusal: { code: 'staff_roles_invalid' } });
  expect(await staff.add({ name: 'someone', roles: ['viewer'], password: 'password' })).toMatchObject({
    refusal: { code: 'password_common' },
  });
  await staff.add({ name: 'someone', roles: ['viewer'] });
  expect(await staff.add({ name: 'someone', roles: ['viewer'] })).toMatchObject({ refusal: { code: 'staff_name_taken' } });
});

test('writes need the CSRF token, our origin and a role', async () => {
  const accountId = await newAccount('csrf@example.com');
  const analyst = await signIn('mary', ['analyst']);
  const viewer = await signIn('vera', ['viewer']);
  const path = `/v1/staff/accounts/${accountId}/freeze`;
  const body = { reason: 'stolen phone reported' };
  expect(await analyst.post(path, body, 'wrong')).toMatchObject({ status: 403, body: { code: 'csrf' } });
  const me = (await analyst.http.send('GET', '/v1/staff/me')).body as { csrf_token: string };
  for (const foreign of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
    const answer = await analyst.http.send('POST', path, { body, headers: { 'x-csrf-token': me.csrf_token, ...foreign } });
    expect(answer).toMatchObject({ status: 403, body: { code: 'csrf' } });
  }
  expect(await viewer.post(path, body)).toMatchObject({ status: 403, body: { code: 'role_missing' } });
  expect((await analyst.post(path, body)).status).toBe(201);
  const anonymous = await newBrowser();
  expect(await anonymous.send('GET', `/v1/staff/accounts/${accountId}`)).toMatchObject({
    status: 401,
    body: { code: 'staff_session_missing' },
  });
});

test('who froze may not unfreeze; another approver may, and all of it is on record', async () => {
  const accountId = await newAccount('eyes@example.com');
  const author = await signIn('edsger', ['analyst', 'approver']);
  const analyst = await signIn('barbara', ['analyst']);
  const approver = await signIn('donald', ['approver']);
  const frozen = await author.post(`/v1/staff/accounts/${accountId}/freeze`, { reason: 'mule account' });
  const { restriction_id } = frozen.body as { restriction_id: string };
  const lifting = { restriction_id, reason: 'checked with the owner' };
  const path = `/v1/staff/accounts/${accountId}/unfreeze`;
  expect(await author.post(path, lifting)).toMatchObject({ status: 403, body: { code: 'own_restriction' } });
  expect(await analyst.post(path, lifting)).toMatchObject({ status: 403, body: { code: 'approver_needed' } });
  const shown = await approver.http.send('GET', `/v1/staff/accounts/${accountId}`);
  expect(shown.body).toMatchObject({
    email: 'e***@example.com',
    state: { frozen: true, causes: [{ id: restriction_id, author: `staff:${author.staffId}` }] },
  });
  expect((await approver.post(path, lifting)).status).toBe(204);
  expect((await approver.post(path, lifting)).status).toBe(404);
  const audit = await database.sql.query<{ kind: string; actor: string }>(
    'select kind, actor from audit.entry where subject = $1 order by at',
    [accountId],
  );
  expect(audit).toEqual(
    expect.arrayContaining([
      { kind: 'staff_account_frozen', actor: `staff:${author.staffId}` },
      { kind: 'staff_account_unfrozen', actor: `staff:${approver.staffId}` },
    ]),
  );
  const [acts] = await database.sql.query<{ count: bigint }>(
    `select count(*) from outbox.message where key = $1 and body::text like '%wallet.staff.acted%'`,
    [accountId],
  );
  expect(acts?.count).toBe(2n);
});

test('four eyes by cause', () => {
  const analyst = { staffId: 'a' as never, roles: ['analyst'] as const };
  const approver = { staffId: 'b' as never, roles: ['approver'] as const };
  const by = (kind: 'rule' | 'staff' | 'owner' | 'no_verdict', author: string) => ({ cause: { kind, id: 'x' }, author });
  expect(checkFourEyes(by('no_verdict', 'system'), analyst).ok).toBe(true);
  expect(checkFourEyes(by('rule', 'rule:r1'), analyst).ok).toBe(false);
  expect(checkFourEyes(by('rule', 'rule:r1'), approver).ok).toBe(true);
  expect(checkFourEyes(by('owner', 'owner:o'), approver).ok).toBe(true);
  expect(checkFourEyes(by('staff', 'staff:b'), approver).ok).toBe(false);
});

test('a signed-out session is over', async () => {
  const person = await signIn('linus', ['viewer']);
  expect((await person.post('/v1/staff/logout')).status).toBe(204);
  expect((await person.http.send('GET', '/v1/staff/me')).status).toBe(401);
});

test('who is disabled is out at once: no session goes on, no sign-in begins, the name stays theirs', async () => {
  const added = await host.identity.staff.add({ name: 'leaver', roles: ['analyst'] });
  if (!added.ok) throw new Error(added.refusal.message);
  const { password, totpSecret } = added.value;
  const [http, app] = [await newBrowser(), createTotpApp(totpSecret, systemClock)];
  expect(
    await http.send('POST', '/staff/login', { body: { name: 'leaver', password, code: await app.nextCode() } }),
  ).toMatchObject({
    status: 200,
  });
  expect((await http.send('GET', '/v1/staff/me')).status).toBe(200);
  expect(await host.identity.staff.disable('leaver')).toEqual({ ok: true, value: undefined });
  expect((await http.send('GET', '/v1/staff/me')).status).toBe(401);
  const again = await http.send('POST', '/staff/login', { body: { name: 'leaver', password, code: await app.nextCode() } });
  expect(again).toMatchObject({ status: 401, body: { code: 'staff_sign_in_failed' } });
  expect(await host.identity.staff.disable('leaver')).toMatchObject({ refusal: { code: 'staff_unknown' } });
  expect(await host.identity.staff.add({ name: 'leaver', roles: ['admin'] })).toMatchObject({
    refusal: { code: 'staff_name_taken' },
  });
  const audited = await database.sql.query(`select 1 from audit.entry where kind = 'staff_disabled'`);
  expect(audited).toHaveLength(1);
});
