import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BulwarkEvent, EventType } from '../../core/index.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import { auditMigrations } from '../audit/index.ts';
import { devicesMigrations } from '../devices/index.ts';
import { outboxMigrations } from '../outbox/index.ts';
import { restrictionsMigrations } from '../restrictions/index.ts';
import { identityMigrations } from './index.ts';
import { type IdentityHost, openIdentityHost } from './testing/identity-host.ts';
import type { WalletAgent } from './agent/index.ts';

const PASSWORD = 'violet anchor tramway';
let database: TestDatabase;
let host: IdentityHost;
let people = 0;

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
beforeEach(() => host.decide('allow'));

interface Person {
  readonly email: string;
  readonly accountId: string;
  readonly agent: WalletAgent;
}

/** Each person comes from an address of their own, so that no test meets another's throttle. */
async function newPerson(): Promise<Person> {
  people += 1;
  const email = `person${people}@example.com`;
  const agent = await host.agent({ forwardedFor: `198.51.100.${people}`, userAgent: `Browser ${people}` });
  const { accountId } = await agent.signUp(email, PASSWORD);
  return { email, accountId, agent };
}

async function signedIn(): Promise<Person> {
  const person = await newPerson();
  expect(await person.agent.login(person.email, PASSWORD)).toEqual({ kind: 'signed_in', steps: ['password'] });
  return person;
}

async function eventsOf<Type extends EventType>(subject: string, type: Type): Promise<BulwarkEvent<Type>['data'][]> {
  const rows = await database.sql.query<{ body: string | BulwarkEvent<Type> }>(
    `select body from outbox.message where key = $1 order by (body::jsonb->>'sequence')::bigint`,
    [subject],
  );
  const events = rows.map(({ body }) => (typeof body === 'string' ? (JSON.parse(body) as BulwarkEvent<Type>) : body));
  return events.filter((event) => event.type === type).map((event) => event.data);
}

async function auditKinds(subject: string): Promise<string[]> {
  const rows = await database.sql.query<{ kind: string }>('select kind from audit.entry where subject = $1', [subject]);
  return rows.map((row) => row.kind);
}

const statuses = (answers: readonly { status: number }[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

test('signs up, signs in with PKCE and DPoP, and calls the API', async () => {
  const { email, accountId, agent } = await signedIn();
  const me = await agent.api('GET', '/v1/me?x=1');
  expect(me.status).toBe(200);
  expect(me.body).toMatchObject({ account_id: accountId, email, locale: 'en', state: { frozen: false, causes: [] } });
  const [registered] = await eventsOf(accountId, 'wallet.account.registered');
  expect(registered).toMatchObject({ email_domain: 'example.com', client: { user_agent: `Browser ${people}` } });
  expect(JSON.stringify(registered)).not.toContain(email);
  const [attempt] = await eventsOf(accountId, 'wallet.login.attempted');
  expect(attempt).toMatchObject({ result: 'password_ok', client: { device_id: agent.deviceId() } });
  expect(await eventsOf(accountId, 'wallet.device.bound')).toMatchObject([{ device_id: agent.deviceId(), first: true }]);
  expect(await auditKinds(accountId)).toEqual(
    expect.arrayContaining(['account_registered', 'login_attempted', 'session_opened', 'device_bound', 'token_issued']),
  );
});

test('answers a sign-up for an existing address like any other, and tells its owner', async () => {
  const { email } = await newPerson();
  const stranger = await host.agent({ forwardedFor: '203.0.113.1' });
  const fresh = await stranger.http.send('POST', '/sign-up/start', { body: { email: 'nobody@example.com' } });
  const taken = await stranger.http.send('POST', '/sign-up/start', { body: { email } });
  expect(taken.status).toBe(fresh.status);
  expect(Object.keys(taken.body as object)).toEqual(Object.keys(fresh.body as object));
  const mail = host.mails.at(-1);
  expect(mail).toMatchObject({ to: email, kind: 'account_exists' });
  const { signup_id } = taken.body as { signup_id: string };
  const verified = await stranger.http.send('POST', '/sign-up/verify', { body: { signup_id, code: '123456' } });
  expect(verified).toMatchObject({ status: 422, body: { code: 'code_wrong' } });
});

test('takes five codes for a sign-up, however parallel, and weak passwords not at all', async () => {
  const agent = await host.agent({ forwardedFor: '203.0.113.2' });
  const started = await agent.http.send('POST', '/sign-up/start', { body: { email: 'guess@example.com' } });
  const { signup_id } = started.body as { signup_id: string };
  const right = /\d{6}/.exec(host.mails.at(-1)?.text ?? '')?.[0] ?? '';
  const wrong = right === '000000' ? '111111' : '000000';
  await Promise.all(
    Array.from({ length: 20 }, () => agent.http.send('POST', '/sign-up/verify', { body: { signup_id, code: wrong } })),
  );
  const late = await agent.http.send('POST', '/sign-up/verify', { body: { signup_id, code: right } });
  expect(late).toMatchObject({ status: 422, body: { code: 'code_wrong' } });

  const again = await agent.http.send('POST', '/sign-up/start', { body: { email: 'weak@example.com' } });
  const second = (again.body as { signup_id: string }).signup_id;
  const code = /\d{6}/.exec(host.mails.at(-1)?.text ?? '')?.[0];
  await agent.http.send('POST', '/sign-up/verify', { body: { signup_id: second, code } });
  for (const [password, refusal] of [
    ['short', 'password_too_short'],
    ['password123', 'password_common'],
    ['weak@example.com', 'password_guessable'],
    ['x'.repeat(129), 'password_too_long'],
  ]) {
    const answer = await agent.http.send('POST', '/sign-up/password', { body: { signup_id: second, password } });
    expect(answer).toMatchObject({ status: 422, body: { code: refusal } });
  }
});

test('wrong passwords and unknown accounts get one answer, and throttling stops a guesser but not the owner’s browser', async () => {
  const { email, accountId, agent } = await signedIn();
  const guesser = await host.agent({ forwardedFor: '203.0.113.3' });
  expect(await guesser.login(email, 'not the password')).toEqual({ kind: 'refused', status: 401, code: 'login_failed' });
  expect(await guesser.login('ghost@example.com', 'whatever it is')).toEqual({
    kind: 'refused',
    status: 401,
    code: 'login_failed',
  });
  for (let tries = 0; tries < 4; tries += 1) await guesser.login(email, 'not the password');
  expect(await guesser.login(email, PASSWORD)).toEqual({ kind: 'refused', status: 429, code: 'throttled' });
  const results = (await eventsOf(accountId, 'wallet.login.attempted')).map((data) => data.result);
  expect(results.filter((result) => result === 'bad_password')).toHaveLength(5);
  expect(results.at(-1)).toBe('throttled');
  expect(await agent.login(email, PASSWORD)).toMatchObject({ kind: 'signed_in' });
});

test('a guesser with a whole IPv6 network is one guesser', async () => {
  const { email } = await signedIn();
  const answers = [];
  for (let tries = 0; tries < 6; tries += 1) {
    const guesser = await host.agent({ forwardedFor: `2001:db8:7:7::${tries + 1}` });
    answers.push(await guesser.login(email, 'not the password'));
  }
  expect(answers.map((answer) => answer.kind === 'refused' && answer.code)).toEqual([
    ...Array<string>(5).fill('login_failed'),
    'throttled',
  ]);
});

test('a challenged login asks for the mailed code, or for the authenticator app once there is one', async () => {
  const { email, accountId, agent } = await newPerson();
  host.decide('challenge');
  expect(await agent.login(email, PASSWORD)).toEqual({ kind: 'signed_in', steps: ['password', 'email_code'] });
  await agent.enrolTotp();
  host.decide(null);
  expect(await agent.login(email, PASSWORD)).toEqual({ kind: 'signed_in', steps: ['password', 'totp'] });
  expect(await eventsOf(accountId, 'wallet.stepup.requested')).toMatchObject([{ method: 'email_code' }, { method: 'totp' }]);
  expect(await eventsOf(accountId, 'wallet.stepup.passed')).toHaveLength(2);
  expect(await eventsOf(accountId, 'wallet.credential.changed')).toMatchObject([{ credential: 'totp' }]);
});

test('a denied login gets no tokens, whatever the password', async () => {
  const { email, agent } = await newPerson();
  for (const outcome of ['hold', 'deny', 'freeze'] as const) {
    host.decide(outcome);
    expect(await agent.login(email, PASSWORD)).toEqual({ kind: 'refused', status: 403, code: 'login_refused' });
  }
});

test('a refresh token presented fifty times at once is honoured once and ends the whole family', async () => {
  const { accountId, agent } = await signedIn();
  expect((await agent.refresh()).status).toBe(200);
  expect(await eventsOf(accountId, 'wallet.session.refreshed')).toHaveLength(1);
  const answers = await agent.misuse.reuseRefreshToken(50);
  expect(statuses(answers)).toEqual({ 200: 1, 400: 49 });
  expect((await agent.api('GET', '/v1/me')).status).toBe(401);
  const winner = answers.find((answer) => answer.status === 200)?.body as { refresh_token: string };
  const dead = await agent.http.send('POST', '/oidc/token', {
    form: { grant_type: 'refresh_token', client_id: 'bulwark-wallet', refresh_token: winner.refresh_token },
  });
  expect(dead.status).toBe(400);
  expect((await agent.refresh()).status).toBe(400);
  const reused = await eventsOf(accountId, 'wallet.session.token-reused');
  expect(reused).toMatchObject([{ token: 'refresh_token', client: { device_id: agent.deviceId() } }]);
  expect(await eventsOf(accountId, 'wallet.session.revoked')).toMatchObject([{ reason: 'token_reused' }]);
  expect(await auditKinds(accountId)).toContain('token_reused');
});

test('an old refresh token ends the family too', async () => {
  const { accountId, agent } = await signedIn();
  await agent.refresh();
  expect((await agent.misuse.reuseOldRefreshToken()).status).toBe(400);
  expect((await agent.refresh()).status).toBe(400);
  expect(await eventsOf(accountId, 'wallet.session.token-reused')).toHaveLength(1);
});

test('an authorization code redeemed fifty times at once is honoured once and its tokens are dead', async () => {
  const { email, accountId, agent } = await newPerson();
  const answers = await agent.misuse.reuseCode(email, PASSWORD, 50);
  expect(statuses(answers)).toEqual({ 200: 1, 400: 49 });
  expect(await eventsOf(accountId, 'wallet.session.token-reused')).toMatchObject([{ token: 'authorization_code' }]);
  const [live] = await database.sql.query('select 1 from identity.session where account_id = $1 and revoked_at is null', [
    accountId,
  ]);
  expect(live).toBeUndefined();
});

test('a DPoP proof passes once: fifty copies at the API, twenty at the token endpoint', async () => {
  const { accountId, agent } = await signedIn();
  const answers = await agent.misuse.replayProof('GET', '/v1/me', 50);
  expect(statuses(answers)).toEqual({ 200: 1, 401: 49 });
  expect(answers.find((answer) => answer.status === 401)?.body).toMatchObject({ code: 'dpop_replayed' });
  const rejected = await eventsOf(accountId, 'wallet.request.rejected');
  expect(rejected.length).toBeGreaterThan(0);
  expect(rejected.length).toBeLessThan(49);
  expect(rejected[0]).toMatchObject({ reason: 'replayed', door: 'api' });
  const token = await agent.misuse.replayTokenProof(20);
  expect(statuses(token)).toEqual({ 200: 1, 400: 19 });
  // Refused as replays, before the refresh token was looked at: the session lives on.
  expect((await agent.api('GET', '/v1/me')).status).toBe(200);
  const [told] = await database.sql.query<{ count: bigint }>(
    `select count(*) from outbox.message where body::text like '%oidc.token%' and body::text like '%replayed%'`,
  );
  expect(told?.count).toBeGreaterThan(0n);
});

test('refuses stolen tokens, skewed clocks, bearer use and proofs for other requests', async () => {
  const { agent } = await signedIn();
  expect(await agent.misuse.stolenToken('/v1/me')).toMatchObject({ status: 401, body: { code: 'dpop_invalid' } });
  expect(await agent.misuse.skewedProof('/v1/me', -120)).toMatchObject({ status: 401, body: { code: 'dpop_expired' } });
  expect(await agent.misuse.skewedProof('/v1/me', 120)).toMatchObject({ status: 401, body: { code: 'dpop_expired' } });
  const { accessToken } = agent.tokens();
  const bearer = await agent.http.send('GET', '/v1/me', { headers: { authorization: `Bearer ${accessToken}` } });
  expect(bearer).toMatchObject({ status: 401, body: { code: 'token_missing' } });
  const naked = await agent.http.send('GET', '/v1/me', { headers: { authorization: `DPoP ${accessToken}` } });
  expect(naked).toMatchObject({ status: 401, body: { code: 'dpop_missing' } });
  const forged = await agent.http.send('GET', '/v1/me', { headers: { authorization: 'DPoP ey.ey.ey' } });
  expect(forged).toMatchObject({ status: 401, body: { code: 'token_invalid' } });
});

test('removing a device ends its sessions and refuses its key for good', async () => {
  const { email, accountId, agent } = await signedIn();
  const devices = (await agent.api('GET', '/v1/me/devices')).body as { devices: { device_id: string }[] };
  expect(devices.devices.map((device) => device.device_id)).toEqual([agent.deviceId()]);
  expect((await agent.api('DELETE', `/v1/me/devices/${agent.deviceId()}`)).status).toBe(204);
  expect((await agent.api('GET', '/v1/me')).status).toBe(401);
  expect(await agent.login(email, PASSWORD)).toMatchObject({ kind: 'refused', code: 'device_removed' });
  await agent.switchDevice();
  expect(await agent.login(email, PASSWORD)).toMatchObject({ kind: 'signed_in' });
  const bound = await eventsOf(accountId, 'wallet.device.bound');
  expect(bound.map((data) => data.first)).toEqual([true, false]);
});

test('a password change ends the other sessions, a lock ends all and freezes', async () => {
  const { email, accountId, agent } = await signedIn();
  const other = await host.agent({ forwardedFor: '203.0.113.9' });
  await other.login(email, PASSWORD);
  const next = 'quiet copper lighthouse';
  const wrong = await agent.api('POST', '/v1/me/password', { current: 'not it at all', next });
  expect(wrong).toMatchObject({ status: 422, body: { code: 'password_wrong' } });
  expect((await agent.api('POST', '/v1/me/password', { current: PASSWORD, next })).status).toBe(204);
  expect((await other.api('GET', '/v1/me')).status).toBe(401);
  expect((await agent.api('GET', '/v1/me')).status).toBe(200);
  expect((await agent.api('POST', '/v1/me/lock')).status).toBe(204);
  expect((await agent.api('GET', '/v1/me')).status).toBe(401);
  expect(await agent.login(email, next)).toMatchObject({ kind: 'signed_in' });
  expect((await agent.api('GET', '/v1/me')).body).toMatchObject({ state: { frozen: true, causes: [{ kind: 'freeze' }] } });
  const frozen = await agent.api('POST', '/v1/me/totp/enrol', {});
  expect(frozen).toMatchObject({ status: 403, body: { code: 'account_frozen' } });
  expect(await eventsOf(accountId, 'wallet.session.revoked')).toHaveLength(2);
});

test('a verdict with revoke_sessions ends them, exactly for its account', async () => {
  const victim = await signedIn();
  const bystander = await signedIn();
  await database.sql.transaction((transaction) =>
    host.identity.onVerdict(transaction, {
      body: { id: 'verdict', subject: victim.accountId, actions: ['revoke_sessions'] },
    } as never),
  );
  expect((await victim.agent.api('GET', '/v1/me')).status).toBe(401);
  expect((await bystander.agent.api('GET', '/v1/me')).status).toBe(200);
});

test('a TOTP step passes once, also for twenty requests at once', async () => {
  const { accountId, agent } = await signedIn();
  await agent.enrolTotp();
  const code = await agent.nextTotpCode();
  const results = await Promise.all(
    Array.from({ length: 20 }, () =>
      database.sql.transaction((transaction) => host.identity.verifyTotp(transaction, accountId as never, code, new Date())),
    ),
  );
  expect(results.filter((result) => result.ok)).toHaveLength(1);
  const codes = new Set(results.flatMap((result) => (result.ok ? [] : [result.refusal.code])));
  expect([...codes].toSorted()).toEqual(['throttled', 'totp_reused']);
  const replace = await agent.api('POST', '/v1/me/totp/enrol', {});
  expect(replace).toMatchObject({ status: 409, body: { code: 'totp_already_enrolled' } });
});

test('an app set up after the question answers nothing, and its code stays good for the next one', async () => {
  const { accountId, agent } = await signedIn();
  const asked = new Date();
  await agent.enrolTotp();
  const code = await agent.nextTotpCode();
  const verify = (askedAt: Date) =>
    database.sql.transaction((transaction) => host.identity.verifyTotp(transaction, accountId as never, code, askedAt));
  expect(await verify(asked)).toMatchObject({ ok: false, refusal: { code: 'totp_too_new' } });
  expect(await verify(new Date())).toMatchObject({ ok: true });
});

test('an old session alone sets up no authenticator app: it takes a fresh login or the password', async () => {
  const { accountId, agent } = await signedIn();
  await database.sql.query(`update identity.session set created_at = created_at - interval '16 minutes' where account_id = $1`, [
    accountId,
  ]);
  const enrol = async (body: Record<string, string>) => (await agent.api('POST', '/v1/me/totp/enrol', body)) as never;
  expect(await enrol({})).toMatchObject({ status: 403, body: { code: 'password_needed' } });
  expect(await enrol({ password: 'not the password' })).toMatchObject({ status: 422, body: { code: 'password_wrong' } });
  expect(await enrol({ password: PASSWORD })).toMatchObject({ status: 200 });
});

test('opening an eleventh session ends the oldest', async () => {
  const { email, accountId, agent } = await signedIn();
  const first = agent.tokens();
  for (let logins = 0; logins < 10; logins += 1) expect(await agent.login(email, PASSWORD)).toMatchObject({ kind: 'signed_in' });
  expect(await eventsOf(accountId, 'wallet.session.revoked')).toMatchObject([{ reason: 'session_limit' }]);
  expect(first.accessToken).not.toBe(agent.tokens().accessToken);
});

test('stores no token, code or secret in the clear', async () => {
  const { agent } = await signedIn();
  const rows = await database.sql.query<{ text: string }>('select p::text as text from identity.oidc_payload p');
  const everything = rows.map((row) => row.text).join('\n');
  expect(everything).not.toContain(agent.tokens().refreshToken);
});

test('sweeping deletes what has expired and nothing else', async () => {
  const { agent } = await signedIn();
  await host.identity.sweep();
  expect((await agent.api('GET', '/v1/me')).status).toBe(200);
  expect((await agent.refresh()).status).toBe(200);
});
