import { describe, expect, it } from 'vitest';
import type { Outcome, VerdictBody } from '../../core/index.ts';
import { actionMessage, verdictBody } from '../testing/verdicts.ts';
import type { ActionMessage } from './decode.ts';
import { deviceOf } from './device-words.ts';
import { planActionAlert, planOwnerAlert, planStaffAlert } from './plan.ts';

type Row = [type: string, outcome: Outcome, facts: Record<string, string | boolean>, template: string | null, severity?: string];

const OWNER_ROWS: Row[] = [
  ['wallet.device.bound', 'allow', { 'data.first': false }, 'new_device', 'medium'],
  ['wallet.device.bound', 'allow', { 'data.first': true }, null],
  ['wallet.login.attempted', 'allow', { 'data.result': 'password_ok' }, null],
  ['wallet.login.attempted', 'challenge', { 'data.result': 'password_ok' }, 'sign_in_challenged', 'medium'],
  ['wallet.login.attempted', 'deny', { 'data.result': 'password_ok' }, 'sign_in_blocked', 'high'],
  ['wallet.login.attempted', 'freeze', { 'data.result': 'password_ok' }, 'sign_in_blocked', 'high'],
  ['wallet.login.attempted', 'deny', { 'data.result': 'bad_password' }, null],
  ['wallet.login.attempted', 'deny', { 'data.result': 'unknown_account' }, null],
  ['wallet.withdrawal.requested', 'allow', {}, null],
  ['wallet.withdrawal.requested', 'challenge', {}, 'withdrawal_challenged', 'medium'],
  ['wallet.withdrawal.requested', 'hold', {}, 'withdrawal_held', 'high'],
  ['wallet.withdrawal.requested', 'deny', {}, 'withdrawal_denied', 'high'],
  ['wallet.withdrawal.requested', 'freeze', {}, 'withdrawal_denied', 'high'],
  ['wallet.deposit.confirmed', 'allow', {}, 'deposit_credited', 'info'],
  ['wallet.deposit.confirmed', 'hold', {}, 'deposit_held', 'low'],
  ['wallet.deposit.rejected', 'allow', {}, 'deposit_rejected', 'low'],
  ['wallet.deposit.reversed', 'allow', {}, 'deposit_reversed', 'high'],
  ['wallet.credential.changed', 'allow', { 'data.credential': 'password' }, 'password_changed', 'high'],
  ['wallet.credential.changed', 'allow', { 'data.credential': 'totp' }, 'totp_changed', 'high'],
  ['wallet.credential.changed', 'allow', { 'data.credential': 'email' }, 'credential_changed', 'high'],
  ['wallet.session.token-reused', 'allow', {}, 'token_reused', 'high'],
  ['wallet.session.refreshed', 'allow', {}, null],
];

describe('alerts to owners', () => {
  it.each(OWNER_ROWS)('%s judged %s with %j → %s', (event_type, outcome, facts, template, severity) => {
    const planned = planOwnerAlert(verdictBody('one', { event_type, outcome, facts }));
    if (template === null) expect(planned).toBeNull();
    else expect(planned).toMatchObject({ audience: 'owner', accountId: 'ana', template, severity });
  });

  it('tells what a rule asks to tell where no template of its own fits', () => {
    const planned = planOwnerAlert(
      verdictBody('one', { event_type: 'wallet.payee.added', outcome: 'allow', actions: ['notify'] }),
    );
    expect(planned).toMatchObject({ template: 'unusual_activity', severity: 'medium' });
  });

  it('never carries scores, rules, or text that the sender of the event wrote', () => {
    const body = verdictBody('one', {
      facts: {
        'data.client.user_agent': 'Chrome/1 on Windows <script>alert(1)</script>',
        'data.client.ip': '1.2.3.4\u202e\r\nBcc: x',
      },
    });
    const planned = planOwnerAlert(body);
    expect(planned?.details).toMatchObject({ browser: 'Chrome', system: 'Windows', ip: '1.2.3.4   Bcc: x' });
    const text = JSON.stringify(planned?.details);
    for (const secret of ['script', 'takeover', '700', 'score', 'rule']) expect(text).not.toContain(secret);
  });
});

describe('alerts to staff', () => {
  const quiet: Partial<VerdictBody> = { outcome: 'allow', reasons: [] };
  const [reason] = verdictBody('x').reasons;

  it('come for an outcome of hold and above', () => {
    expect(planStaffAlert(verdictBody('one', { ...quiet }))).toBeNull();
    expect(planStaffAlert(verdictBody('one', { ...quiet, outcome: 'challenge' }))).toBeNull();
    expect(planStaffAlert(verdictBody('one', { ...quiet, outcome: 'hold' }))).toMatchObject({ severity: 'high' });
    expect(planStaffAlert(verdictBody('one', { ...quiet, outcome: 'freeze' }))).toMatchObject({ severity: 'critical' });
  });

  it('come for a reason of level high and above, whatever the outcome', () => {
    const reasons = reason === undefined ? [] : [{ ...reason, level: 'critical' as const }];
    expect(planStaffAlert(verdictBody('one', { outcome: 'allow', reasons }))).toMatchObject({
      severity: 'critical',
      details: { outcome: 'allow', score: 700, rules: 'takeover.new-device-cashout' },
    });
  });
});

describe('alerts of what was done', () => {
  const rows = [
    ['frozen', {}, 'account_frozen', 'critical'],
    ['frozen', { cause: 'owner:alert' }, 'account_locked_by_owner', 'high'],
    ['restricted', {}, 'account_restricted', 'high'],
    ['unfrozen', {}, 'restriction_lifted', 'medium'],
    ['unrestricted', {}, 'restriction_lifted', 'medium'],
  ] as const;
  it.each(rows)('%s %j → %s', (action, change, template, severity) => {
    expect(planActionAlert(actionMessage('r', action, change) as ActionMessage)).toMatchObject({ template, severity });
  });

  it('says nothing of what did not happen, or of other actions', () => {
    expect(planActionAlert(actionMessage('r', 'frozen', { result: 'refused' }) as ActionMessage)).toBeNull();
    expect(planActionAlert(actionMessage('r', 'open_case') as ActionMessage)).toBeNull();
  });
});

describe('device words', () => {
  it.each([
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge', 'Windows'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604.1',
      'Safari',
      'iPhone',
    ],
    ['Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36', 'Chrome', 'Android'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0', 'Firefox', 'Linux'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) AppleWebKit/605 Version/19 Safari/605', 'Safari', 'macOS'],
    ['curl/8.0', '', ''],
    ['', '', ''],
  ])('%s', (userAgent, browser, system) => {
    expect(deviceOf(userAgent)).toEqual({ browser, system });
  });
});
