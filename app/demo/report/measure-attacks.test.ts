import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../core/index.ts';
import { type AttackTrace, createTrace } from '../attacks/attack.ts';
import { belongsTo, type JudgedEvent } from './measure-attacks.ts';

function judged(facts: Record<string, unknown>, change: { subject?: string; type?: string; atMs?: number } = {}): JudgedEvent {
  const { subject = 'victim', type = 'wallet.withdrawal.requested', atMs = 2_000 } = change;
  return { verdict: { subject, event_type: type, facts } as unknown as Verdict['body'], judgedMs: atMs };
}

function trace(): AttackTrace {
  const made = createTrace('takeover_cash_out-1', 'takeover_cash_out');
  made.startedMs = 1_000;
  made.ips.add('198.18.0.1');
  made.accounts.add('mule');
  made.txHashes.add('0xaa');
  made.sessions.add('stolen');
  return made;
}

describe('what counts as an attack’s doing', () => {
  it('is what comes from its addresses, accounts and transactions', () => {
    expect(belongsTo(trace(), judged({ 'data.client.ip': '198.18.0.1' }))).toBe(true);
    expect(belongsTo(trace(), judged({}, { subject: 'mule' }))).toBe(true);
    expect(belongsTo(trace(), judged({ 'data.tx_hash': '0xaa' }))).toBe(true);
  });

  it('is not what its victim does, nor anybody else', () => {
    expect(belongsTo(trace(), judged({ 'data.client.ip': '198.18.9.9' }))).toBe(false);
    expect(belongsTo(trace(), judged({}))).toBe(false);
  });

  it('is not what was before the first hostile act', () => {
    expect(belongsTo(trace(), judged({}, { subject: 'mule', atMs: 999 }))).toBe(false);
    expect(belongsTo(createTrace('mule_ring-1', 'mule_ring'), judged({}, { subject: 'mule' }))).toBe(false);
  });

  it('of a stolen session is the spent token that comes back, whoever presents it, and nothing else', () => {
    const reused = { type: 'wallet.session.token-reused' };
    expect(belongsTo(trace(), judged({ 'data.session_id': 'stolen' }, reused))).toBe(true);
    expect(belongsTo(trace(), judged({ 'data.session_id': 'stolen' }, { type: 'wallet.session.refreshed' }))).toBe(false);
    expect(belongsTo(trace(), judged({ 'data.session_id': 'other' }, reused))).toBe(false);
  });
});
