import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TOPICS, type VerdictBody } from '../../core/index.ts';
import { ALERT_LIMITS } from '../limits.ts';
import { recordOf, signedVerdict } from '../testing/verdicts.ts';
import { type AlertsWorld, openAlertsWorld } from '../testing/world.ts';

let world: AlertsWorld;
beforeEach(async () => {
  world = await openAlertsWorld();
});
afterEach(() => world.close());

/** Has an alert delivered and gives the address of the answer page out of its message. */
async function linkFor(subject = 'ana', change: Partial<VerdictBody> = {}): Promise<string> {
  await world.alerts.planner.handle([recordOf(signedVerdict(`w-${subject}`, { subject, ...change }))]);
  await world.deliver();
  const mail = (await world.mails()).find((each) => each.recipient === `${subject}@example.org`);
  const token = /\/answers\/([\w-]{43})/.exec(mail?.text ?? '')?.[1] ?? 'none';
  return `${world.baseUrl}/answers/${token}`;
}

function post(url: string, answer: string | null): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(answer === null ? {} : { answer }) });
}

async function page(response: Promise<Response>): Promise<[number, string]> {
  const answered = await response;
  return [answered.status, await answered.text()];
}

function labels(): Promise<Record<string, unknown>[]> {
  return world.messages(TOPICS.labels);
}

describe('“was it you?”', () => {
  it('shows fact, question, two verbs and what happens, without scripts or anything from elsewhere', async () => {
    const url = await linkFor();
    const response = await fetch(url);
    const html = await response.text();
    expect(response.status).toBe(200);
    for (const part of [
      'Withdrawal of 1.5 ETH is on hold',
      'Was this you?',
      'Yes, it was me',
      'No, lock my account',
      'Locking signs out',
    ]) {
      expect(html).toContain(part);
    }
    expect(html).not.toMatch(/<script|<link|<img|https?:|onclick|takeover|score/);
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self';/,
    );
    const style = /<style>([^<]*)<\/style>/.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(response.headers.get('content-security-policy')).toContain(`'sha256-${hash}'`);
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('speaks the owner’s language, or the one asked for', async () => {
    const url = await linkFor('mei');
    expect((await page(fetch(url)))[1]).toContain('是您本人操作吗？');
    expect((await page(fetch(`${url}?lang=en`)))[1]).toContain('Was this you?');
  });

  it('changes nothing by reading, however often a mail scanner looks', async () => {
    const url = await linkFor();
    for (let look = 0; look < 3; look += 1) await fetch(url);
    await fetch(url, { method: 'HEAD' });
    expect([await world.locks(), await labels()]).toEqual([[], []]);
    expect((await page(fetch(url)))[1]).toContain('Was this you?');
  });

  it('locks on “no” without a sign-in, labels the event, and then only says so', async () => {
    const url = await linkFor();
    const [status, html] = await page(post(url, 'no'));
    expect([status, html.includes('Your account is locked')]).toEqual([200, true]);
    expect(await world.locks()).toEqual(['ana']);
    expect(await labels()).toMatchObject([{ label: 'owner_said_no', account_id: 'ana', stream: 'live', via: 'answer_link' }]);
    expect((await page(post(url, 'no')))[1]).toContain('You already answered: your account was locked');
    expect((await page(post(url, 'yes')))[1]).toContain('You already answered: your account was locked');
    expect((await page(fetch(url)))[1]).toContain('You already answered: your account was locked');
    expect([await world.locks(), (await labels()).length]).toEqual([['ana'], 1]);
  });

  it('takes “yes” as a weak label alone, and lets the owner change their mind to “no”', async () => {
    const url = await linkFor();
    expect((await page(post(url, 'yes')))[1]).toContain('Thank you');
    expect(await world.locks()).toEqual([]);
    expect(await labels()).toMatchObject([{ label: 'owner_said_yes' }]);
    expect((await page(post(url, 'yes')))[1]).toContain('You already answered: it was you');
    expect((await page(post(url, 'no')))[1]).toContain('Your account is locked');
    expect(await world.locks()).toEqual(['ana']);
    expect((await labels()).map((label) => label['label'])).toEqual(['owner_said_yes', 'owner_said_no']);
  });

  it('has one effect when twenty answer at the same instant', async () => {
    const url = await linkFor();
    const pages = await Promise.all(Array.from({ length: 20 }, () => page(post(url, 'no'))));
    expect(pages.filter(([, html]) => html.includes('Your account is locked'))).toHaveLength(1);
    expect(pages.filter(([, html]) => html.includes('You already answered'))).toHaveLength(19);
    expect(await world.locks()).toEqual(['ana']);
    expect(await labels()).toHaveLength(1);
  });

  it('ends locked when yes and no race', async () => {
    const url = await linkFor();
    await Promise.all(Array.from({ length: 20 }, (_, index) => post(url, index % 2 === 0 ? 'yes' : 'no')));
    expect(await world.locks()).toEqual(['ana']);
    expect((await labels()).filter((label) => label['label'] === 'owner_said_no')).toHaveLength(1);
    expect((await labels()).filter((label) => label['label'] === 'owner_said_yes').length).toBeLessThanOrEqual(1);
  });

  it('records nothing when the lock fails, and works when tried again', async () => {
    const url = await linkFor();
    await world.database.sql.query("alter table test_lock add constraint broken check (account_id <> 'ana')");
    expect((await post(url, 'no')).status).toBe(503);
    expect(await labels()).toEqual([]);
    await world.database.sql.query('alter table test_lock drop constraint broken');
    expect((await page(post(url, 'no')))[1]).toContain('Your account is locked');
    expect([await world.locks(), (await labels()).length]).toEqual([['ana'], 1]);
  });

  it('ends after its time', async () => {
    const url = await linkFor();
    world.clock.advance(ALERT_LIMITS.answerMs);
    expect((await fetch(url)).status).toBe(410);
    expect((await page(post(url, 'no')))[0]).toBe(410);
    expect(await world.locks()).toEqual([]);
  });

  it('knows no other tokens, and no other answers', async () => {
    const url = await linkFor();
    const other = `${world.baseUrl}/answers/${'A'.repeat(43)}`;
    expect((await page(fetch(other)))[0]).toBe(404);
    expect((await page(post(other, 'no')))[0]).toBe(404);
    expect((await page(fetch(`${world.baseUrl}/answers/%27%20or%201=1`)))[0]).toBe(404);
    expect((await page(post(url, 'maybe')))[0]).toBe(400);
    expect((await page(post(url, null)))[0]).toBe(400);
    expect(
      (
        await fetch(url, {
          method: 'POST',
          body: 'answer=no'.padEnd(5_000, '&'),
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        })
      ).status,
    ).toBe(413);
    expect(await world.locks()).toEqual([]);
  });

  it('stores no token, only hashes, and asks nothing about what needs no answer', async () => {
    const url = await linkFor();
    const token = url.split('/').at(-1) ?? '';
    const dump = await world.database.sql.query(
      `select json_build_array((select json_agg(t) from alerts.answer_token t), (select json_agg(t) from alerts.in_app t),
              (select json_agg(t) from alerts.delivery t), (select json_agg(t) from alerts.alert t))::text as text`,
    );
    expect(String(dump[0]?.['text'])).not.toContain(token);
    await linkFor('mei', { event_type: 'wallet.deposit.reversed', outcome: 'allow' });
    const mail = (await world.mails()).find((each) => each.recipient === 'mei@example.org');
    expect(mail?.text).not.toContain('/answers/');
  });
});
