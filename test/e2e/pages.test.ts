import { createHash, randomBytes } from 'node:crypto';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../platform/clock/index.ts';
import { chromiumFixture } from '../services/chromium.ts';
import { describeWithService } from '../services/require-service.ts';
import { createDpopKey } from '../../wallet-core/identity/agent/dpop-key.ts';
import { createMailReader } from './testing/mailed-codes.ts';
import { addColleague, newOwner, type Owner, PASSWORD } from './testing/people.ts';
import { type RunningInstance, startInstance } from './testing/running-instance.ts';
import { barriers, openWatchedPage, type WatchedPage } from './testing/watched-page.ts';

const LOOKS = [
  { locale: 'en', scheme: 'light' },
  { locale: 'zh', scheme: 'dark' },
] as const;

let instance: RunningInstance;
let owner: Owner;
let browser: Browser;
let base: string;

/** Opens each address in each look, and gives what axe finds and what went wrong. */
async function visit({ page, wrongs }: WatchedPage, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const { locale, scheme } of LOOKS) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.evaluate((chosen) => localStorage.setItem('bulwark.locale', chosen), locale);
    for (const path of paths) {
      await page.goto(`${base}${path}`, { waitUntil: 'networkidle' });
      await page.locator('main h1').first().waitFor();
      expect(await page.locator('html').getAttribute('lang')).toMatch(new RegExp(`^${locale}`));
      found.push(...(await barriers(page)).map((barrier) => `${locale} ${scheme} ${barrier}`));
    }
  }
  return [...found, ...wrongs];
}

/** An authorization request, as a wallet without scripts would link to it. */
async function authorizeUrl(): Promise<string> {
  const key = await createDpopKey(systemClock);
  const parameters = new URLSearchParams({
    client_id: 'bulwark-wallet',
    response_type: 'code',
    redirect_uri: `${base}/wallet/callback`,
    scope: 'openid offline_access wallet',
    code_challenge: createHash('sha256').update(randomBytes(32).toString('base64url')).digest('base64url'),
    code_challenge_method: 'S256',
    dpop_jkt: key.jkt,
    state: 'x'.repeat(22),
  });
  return `${base}/oidc/auth?${parameters.toString()}`;
}

async function fillLogin(page: Page, email: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

await describeWithService(chromiumFixture, 'the pages in a browser', (start) => {
  beforeAll(async () => {
    [instance, browser] = await Promise.all([startInstance(), start()]);
    base = instance.place.baseUrl;
    owner = await newOwner(instance.place, 'paula', '198.51.100.140');
  });
  afterAll(async () => {
    await browser?.close();
    await instance?.stop();
  });

  it('let one sign up and sign in without JavaScript', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en-US' });
    const { page, wrongs } = await openWatchedPage(context, base);
    const readMailedCode = createMailReader(instance.place.dataDirectory);
    await page.goto(`${base}/sign-up`);
    await page.getByLabel('E-mail').fill('paper@example.com');
    await page.getByRole('button').click();
    await page.getByLabel('Six-digit code').fill(await readMailedCode('paper@example.com'));
    await page.getByRole('button').click();
    await page.getByLabel('Choose a password').fill(PASSWORD);
    await page.getByRole('button').click();
    await page.getByRole('heading', { name: 'Your account is ready' }).waitFor();
    await page.goto(await authorizeUrl());
    await fillLogin(page, 'paper@example.com');
    await page.waitForURL(/\/wallet\/callback\?.*code=/);
    expect(wrongs).toEqual([]);
    await context.close();
  });

  it.each(LOOKS)('of signing up and in have no barrier: $locale, $scheme', async ({ locale, scheme }) => {
    const context = await browser.newContext({ locale, colorScheme: scheme });
    const { page, wrongs } = await openWatchedPage(context, base);
    const found: string[] = [];
    for (const url of [`${base}/sign-up`, `${base}/staff/login`, await authorizeUrl()]) {
      await page.goto(url);
      expect(await page.locator('html').getAttribute('lang')).toBe(locale);
      found.push(...(await barriers(page)));
    }
    expect([...found, ...wrongs]).toEqual([]);
    await context.close();
  });

  it('of staff: sign-in leads to the feed, where the verdict stands with its why; no barriers on any screen', async () => {
    const person = await addColleague(instance.bulwark, 'gwen', ['analyst', 'viewer']);
    const context = await browser.newContext({ locale: 'en-US' });
    const watched = await openWatchedPage(context, base);
    const { page } = watched;
    await page.goto(`${base}/console/`);
    await page.getByLabel('Name').fill(person.name);
    await page.getByLabel('Password').fill(person.password);
    await page.getByLabel('Six-digit code').fill(await person.app.nextCode());
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/\/console\//);
    await page.getByRole('heading', { name: 'Live', level: 1 }).waitFor();
    const registered = page.getByRole('listitem').filter({ hasText: 'account.registered' });
    await registered.first().waitFor();
    const before = await registered.count();
    await newOwner(instance.place, 'quentin', '198.51.100.141');
    await expect.poll(() => registered.count(), { timeout: 30_000 }).toBe(before + 1);
    await registered.first().getByRole('link').click();
    await page.getByRole('complementary', { name: 'Verdict' }).getByText('account.registered').first().waitFor();
    const [verdict] = await instance.bulwark.sql.query<{ event_id: string }>('select event_id from verdicts.verdict limit 1');
    const paths = [
      '/',
      '/alerts',
      '/withdrawals',
      '/deposits',
      '/system',
      `/accounts/${owner.accountId}`,
      `/verdicts/${verdict?.event_id}`,
    ];
    expect(
      await visit(
        watched,
        paths.map((path) => `/console${path}`),
      ),
    ).toEqual([]);
    await context.close();
  }, 180_000);

  it('of owners: sign-in by redirect with a key of the browser; no barriers on any screen', async () => {
    const context: BrowserContext = await browser.newContext({ locale: 'en-US' });
    const watched = await openWatchedPage(context, base);
    const { page } = watched;
    await page.goto(`${base}/wallet/`);
    await page
      .getByRole('button', { name: /sign in/i })
      .first()
      .click();
    const mailed = createMailReader(instance.place.dataDirectory);
    await fillLogin(page, owner.email);
    await page.waitForURL((url) => url.pathname.startsWith('/wallet/') || url.pathname.startsWith('/interaction/'));
    // A browser that the account has never used is asked for a mailed code.
    await page.getByLabel('Six-digit code').fill(await mailed(owner.email));
    await page.getByRole('button').click();
    await page.waitForURL(/\/wallet\/$/);
    await page.getByRole('navigation').first().waitFor();
    const paths = ['/', '/deposit', '/withdraw', '/activity', '/security', '/alerts'];
    expect(
      await visit(
        watched,
        paths.map((path) => `/wallet${path}`),
      ),
    ).toEqual([]);
    await context.close();
  }, 180_000);
});
