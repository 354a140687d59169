import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../platform/sql/testing.ts';
import { auditMigrations } from '../../audit/index.ts';
import { devicesMigrations } from '../../devices/index.ts';
import { outboxMigrations } from '../../outbox/index.ts';
import { restrictionsMigrations } from '../../restrictions/index.ts';
import { identityMigrations } from '../index.ts';
import type { AgentHttp, Answer } from '../agent/agent-http.ts';
import { createDpopKey } from '../agent/dpop-key.ts';
import { type IdentityHost, openIdentityHost } from '../testing/identity-host.ts';
import { beginAuthorization, readTokens, redeemCode, takeCode } from '../agent/oauth-flow.ts';
import { systemClock } from '../../../platform/clock/index.ts';
import { escapeHtml } from './layout.ts';
import { localeOf } from './texts.ts';

let database: TestDatabase;
let host: IdentityHost;

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

const HTML = { accept: 'text/html' };

/** What a browser without JavaScript does with a page: fill in the form and send it. */
function fill(page: Answer, values: Record<string, string>): { action: string; form: Record<string, string> } {
  const html = String(page.body);
  const action = /<form method="post" action="([^"]+)"/.exec(html)?.[1] ?? '';
  const hidden = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
    name,
    value,
  ]);
  return { action, form: { ...(Object.fromEntries(hidden) as Record<string, string>), ...values } };
}

async function submit(http: AgentHttp, page: Answer, values: Record<string, string>): Promise<Answer> {
  const { action, form } = fill(page, values);
  return http.send('POST', action, { form, headers: { ...HTML, 'sec-fetch-site': 'same-origin', origin: host.baseUrl } });
}

test('a browser without JavaScript signs up and signs in', async () => {
  const { http } = await host.agent({ forwardedFor: '198.51.100.1' });
  const start = await http.send('GET', '/sign-up', { headers: HTML });
  expect(start.headers.get('content-type')).toContain('text/html');
  expect(String(start.body)).not.toContain('<script');
  const codePage = await submit(http, start, { email: 'Paper@Example.com ' });
  expect(codePage.status).toBe(200);
  const code = /\d{6}/.exec(host.mails.at(-1)?.text ?? '')?.[0] ?? '';
  const wrong = await submit(http, codePage, { code: code === '123456' ? '654321' : '123456' });
  expect(wrong.status).toBe(422);
  expect(wrong.body).toContain('role="alert"');
  const passwordPage = await submit(http, wrong, { code });
  const weak = await submit(http, passwordPage, { password: 'password' });
  expect(weak.status).toBe(422);
  const done = await submit(http, weak, { password: 'violet anchor tramway' });
  expect(done.body).toContain('/wallet/');

  const key = await createDpopKey(systemClock);
  const authorization = await beginAuthorization(http, key);
  const loginPage = await http.send('GET', `${authorization.interaction}?lang=zh`, { headers: HTML });
  expect(loginPage.body).toContain('lang="zh"');
  host.decide('challenge');
  const stepPage = await submit(http, loginPage, { email: 'paper@example.com', password: 'violet anchor tramway' });
  expect(stepPage.status).toBe(200);
  const loginCode = /\d{6}/.exec(host.mails.at(-1)?.text ?? '')?.[0] ?? '';
  const passed = await submit(http, stepPage, { code: loginCode });
  expect(passed.status).toBe(303);
  const answer = await redeemCode(http, key, authorization, await takeCode(http, passed.headers.get('location') ?? ''));
  expect(readTokens(answer, systemClock).accessToken).toMatch(/^ey/);
});

test('forms without token, with a foreign origin or from another browser are refused and told of', async () => {
  const { http } = await host.agent({ forwardedFor: '198.51.100.2' });
  const page = await http.send('GET', '/sign-up', { headers: HTML });
  const { action, form } = fill(page, { email: 'csrf@example.com' });
  const { csrf: _token, ...bare } = form;
  expect((await http.send('POST', action, { form: bare, headers: HTML })).status).toBe(403);
  const spelt = { ...HTML, 'content-type': 'Application/X-WWW-Form-Urlencoded' };
  expect((await http.send('POST', action, { form: bare, headers: spelt })).status).toBe(403);
  const foreign = await http.send('POST', action, { form, headers: { ...HTML, origin: 'https://evil.example' } });
  expect(foreign.status).toBe(403);
  const json = await http.send('POST', action, {
    body: { email: 'csrf@example.com' },
    headers: { 'sec-fetch-site': 'cross-site' },
  });
  expect(json).toMatchObject({ status: 403, body: { code: 'csrf' } });
  const other = await host.agent({ forwardedFor: '198.51.100.3' });
  expect((await other.http.send('POST', action, { form, headers: HTML })).status).toBe(403);
  const [told] = await database.sql.query<{ count: bigint }>(
    `select count(*) from outbox.message where body::text like '%wallet.request.rejected%'`,
  );
  expect(told?.count).toBe(5n);
});

test('a login is of the browser that began it', async () => {
  const mine = await host.agent({ forwardedFor: '198.51.100.4' });
  const { interaction } = await beginAuthorization(mine.http, await createDpopKey(systemClock));
  const thief = await host.agent({ forwardedFor: '198.51.100.5' });
  const body = { email: 'paper@example.com', password: 'violet anchor tramway' };
  expect(await thief.http.send('POST', `${interaction}/password`, { body })).toMatchObject({
    status: 410,
    body: { code: 'login_expired' },
  });
});

test('the authorization server takes no code without PKCE, no foreign redirect, and derives URLs from no header', async () => {
  const { http } = await host.agent({ forwardedFor: '198.51.100.6' });
  const base = { client_id: 'bulwark-wallet', response_type: 'code', scope: 'openid wallet' };
  const own = `${host.baseUrl}/wallet/callback`;
  const noPkce = await http.send('GET', `/oidc/auth?${new URLSearchParams({ ...base, redirect_uri: own }).toString()}`);
  expect(noPkce.headers.get('location')).toContain('error=invalid_request');
  const stolen = new URLSearchParams({ ...base, redirect_uri: 'https://evil.example/', code_challenge_method: 'S256' });
  expect((await http.send('GET', `/oidc/auth?${stolen.toString()}`)).status).toBe(400);
  const discovery = await http.send('GET', '/oidc/.well-known/openid-configuration', {
    headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
  });
  expect(discovery.body).toMatchObject({ issuer: `${host.baseUrl}/oidc`, token_endpoint: `${host.baseUrl}/oidc/token` });
});

test('text is escaped and the language chosen', () => {
  expect(escapeHtml(`<a href="x" title='y'>&`)).toBe('&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;');
  expect(localeOf('zh-CN,zh;q=0.9,en;q=0.8', null)).toBe('zh');
  expect(localeOf('fr-FR', null)).toBe('en');
  expect(localeOf('en-GB,zh;q=0.5', 'zh')).toBe('zh');
});
