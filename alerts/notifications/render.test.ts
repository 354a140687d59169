import { describe, expect, it } from 'vitest';
import type { AssetId } from '../../core/index.ts';
import { type AlertDetails, OWNER_TEMPLATES, STAFF_TEMPLATES, type TemplateName } from '../alert.ts';
import { formatTime, renderAlert } from './render.ts';

const assetOf = (id: string) => (id === 'known' ? { id: id as AssetId, symbol: 'USDT', decimals: 6 } : null);
const FULL: AlertDetails = {
  at: '2026-11-21T14:02:00Z',
  browser: 'Chrome',
  system: 'Windows',
  ip: '203.0.113.7',
  asset: 'known',
  amount: '1500000',
  payee: '0x00000000000000000000000000000000000000A1',
  event_type: 'wallet.withdrawal.requested',
  outcome: 'hold',
  score: 700,
  rules: 'r1, r2',
  alert: 'a1',
  about: 'new_device',
  channel: 'mail',
  reason: 'address_unknown',
};
const OWNER_FULL: AlertDetails = Object.fromEntries(Object.entries(FULL).filter(([name]) => !['score', 'rules'].includes(name)));

function render(template: TemplateName, locale: 'en' | 'zh', details: AlertDetails, occurrences = 1) {
  return renderAlert({ template, details, accountId: 'ana', occurrences }, locale, assetOf);
}

describe('texts', () => {
  it.each(OWNER_TEMPLATES)('%s reads in both languages, with everything and with nothing known', (template) => {
    for (const locale of ['en', 'zh'] as const) {
      for (const details of [OWNER_FULL, { at: '2026-11-21T14:02:00Z' }]) {
        const { title, body } = render(template, locale, details);
        expect(`${title}${body}`).not.toMatch(/[{}]|undefined|null|NaN|score|分数/);
        expect(title.length).toBeGreaterThan(3);
        expect(title.length).toBeLessThanOrEqual(80);
        expect(/\p{Script=Han}/u.test(body)).toBe(locale === 'zh');
      }
    }
  });

  it.each(STAFF_TEMPLATES)('%s reads in both languages', (template) => {
    for (const locale of ['en', 'zh'] as const) {
      const { title, body } = render(template, locale, FULL);
      expect(`${title}${body}`).not.toMatch(/[{}]|undefined|null/);
    }
  });

  it('says what an owner needs, in their words', () => {
    expect(render('new_device', 'en', FULL)).toEqual({
      title: 'New sign-in: Chrome on Windows',
      body: 'A device that was never used before signed in to your account: Chrome on Windows, from 203.0.113.7, 21 Nov 2026, 14:02 (UTC).',
    });
    expect(render('new_device', 'zh', FULL)).toEqual({
      title: '新设备登录：Windows 上的 Chrome',
      body: '一台从未使用过的设备登录了您的账户：Windows 上的 Chrome，来自 203.0.113.7，2026年11月21日 14:02（UTC）。',
    });
    expect(render('withdrawal_held', 'en', FULL).title).toBe('Withdrawal of 1.5 USDT is on hold');
    expect(render('withdrawal_held', 'en', FULL, 3).title).toBe('Withdrawal of 1.5 USDT is on hold (3 times)');
    expect(render('withdrawal_held', 'zh', FULL, 3).title).toBe('提现 1.5 USDT 已暂停处理（3 次）');
  });

  it('leaves values as they are: they are data, not messages', () => {
    const details = { ...FULL, ip: "{count, plural, other {#}} '<b>" };
    expect(render('new_device', 'en', details).body).toContain("from {count, plural, other {#}} '<b>,");
  });

  it('shows an asset it does not know in the smallest unit', () => {
    expect(render('deposit_credited', 'en', { ...FULL, asset: 'strange' }).title).toBe('1500000 × strange arrived');
  });

  it('formats midnight and unreadable times', () => {
    expect(formatTime('en', '2026-01-02T00:00:00Z')).toBe('2 Jan 2026, 00:00 (UTC)');
    expect(formatTime('en', 'soon')).toBe('soon');
  });
});
