import { describe, expect, test } from 'vitest';
import type { Outcome, RuleHit, RuleResult } from '../../core/index.ts';
import { loadPolicy } from './load-policy.ts';
import { createPolicy } from './policy.ts';

const TEXT = `
default: { thresholds: { deny: 900 }, undecided: allow, rules_only: allow }
events:
  wallet.withdrawal.requested: { thresholds: { challenge: 250, hold: 600, deny: 950 }, undecided: hold, rules_only: challenge }
actions: { allow: [], challenge: [step_up], hold: [hold], deny: [], freeze: [freeze, notify] }
`;

function policyOf(text = TEXT) {
  const { policy, problems } = loadPolicy({ file: 'policy.yaml', text });
  expect(problems).toEqual([]);
  if (policy === null) throw new Error('no policy');
  return createPolicy(policy);
}

function hit(outcome: Outcome, score: number, actions: RuleHit['actions'] = []): RuleHit {
  return { reason: { rule: 'r', version: 'v', title: 't', level: 'low', outcome, score, facts: {}, words: [] }, actions };
}

function decide(
  result: Partial<RuleResult>,
  type: 'wallet.withdrawal.requested' | 'wallet.kyc.changed' = 'wallet.withdrawal.requested',
  degraded = false,
) {
  return policyOf().decide({ type, result: { hits: [], undecided: {}, shadow: [], ...result }, models: [], degraded });
}

describe('the policy', () => {
  test('nothing fired: allowed', () => {
    expect(decide({})).toEqual({ outcome: 'allow', score: 0, actions: [], level: 'info' });
  });

  test('the strictest rule wins, whatever the order', () => {
    const hits = [hit('hold', 10), hit('freeze', 10), hit('deny', 10), hit('challenge', 10)];
    expect(decide({ hits }).outcome).toBe('freeze');
    expect(decide({ hits: hits.toReversed() }).outcome).toBe('freeze');
    expect(decide({ hits: [hit('hold', 1), hit('deny', 1)] }).outcome).toBe('deny');
  });

  test('scores add up to at most 1000, and thresholds only tighten', () => {
    expect(decide({ hits: [hit('allow', 249)] }).outcome).toBe('allow');
    expect(decide({ hits: [hit('allow', 200), hit('allow', 50)] }).outcome).toBe('challenge');
    expect(decide({ hits: [hit('allow', 600)] }).outcome).toBe('hold');
    expect(decide({ hits: [hit('freeze', 300)] }).outcome).toBe('freeze');
    expect(decide({ hits: [hit('allow', 900), hit('allow', 900)] })).toMatchObject({ score: 1000, outcome: 'deny' });
  });

  test('undecided holds a withdrawal, and lets an observation pass', () => {
    expect(decide({ undecided: { r: ['amount_usd'] } }).outcome).toBe('hold');
    expect(decide({ undecided: { r: ['amount_usd'] } }, 'wallet.kyc.changed').outcome).toBe('allow');
  });

  test('missing scores alone are “rules only”', () => {
    expect(decide({ undecided: { r: ['model.takeover'] } }).outcome).toBe('challenge');
    expect(decide({ undecided: { r: ['model.takeover'], s: ['amount_usd'] } }).outcome).toBe('hold');
    expect(decide({ undecided: { r: ['model.takeover', 'x'] } }).outcome).toBe('hold');
    expect(decide({}, 'wallet.withdrawal.requested', true).outcome).toBe('challenge');
  });

  test('actions are the union of the rules’ and the outcome’s, in one order', () => {
    expect(decide({ hits: [hit('freeze', 1, ['open_case', 'notify']), hit('hold', 1, ['hold'])] }).actions).toEqual([
      'freeze',
      'hold',
      'notify',
      'open_case',
    ]);
  });

  test('the level is the highest of the rules’, and never below the outcome’s', () => {
    expect(decide({ hits: [hit('freeze', 1)] }).level).toBe('high');
    expect(decide({ hits: [{ ...hit('allow', 1), reason: { ...hit('allow', 1).reason, level: 'critical' } }] }).level).toBe(
      'critical',
    );
  });

  test('a policy that loosens as the score rises is refused at its place', () => {
    const { policy, problems } = loadPolicy({
      file: 'p.yaml',
      text: TEXT.replace('challenge: 250, hold: 600', 'challenge: 700, hold: 600'),
    });
    expect(policy).toBeNull();
    expect(problems).toMatchObject([{ file: 'p.yaml', line: 4, code: 'shape_invalid' }]);
  });
});
