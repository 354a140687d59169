import { describe, expect, test } from 'vitest';
import { type AccountId, MINUTE_MS, type Outcome, OUTCOMES, type VerdictBody } from '../../core/index.ts';
import { testStatementKey, verdictFor } from '../../platform/signer/testing.ts';
import { judgeVerdict } from './judge-verdict.ts';
import { isOpen, WITHDRAWAL_STATES, type WithdrawalState } from './states.ts';
import { payloadOf, type Withdrawal } from './withdrawal-rows.ts';

const now = new Date(Date.UTC(2026, 10, 21));
const key = testStatementKey().signer;
const limits = { stepUpExpiryMs: 10 * MINUTE_MS };
const payload = payloadOf({
  id: 'w' as Withdrawal['id'],
  accountId: 'alice' as AccountId,
  asset: 'eip155:31337/slip44:60' as Withdrawal['asset'],
  amount: 5n,
  payee: '0x',
  chainId: 31337,
  feeCap: 1n,
});

function body(outcome: Outcome, overrides: Partial<VerdictBody> = {}): VerdictBody {
  return verdictFor(payload, key, now.getTime(), { outcome, ...overrides }).body;
}

type Judged = Parameters<typeof judgeVerdict>[0];

function at(state: WithdrawalState, overrides: Partial<Judged> = {}): Judged {
  return {
    state,
    holdCause: state === 'held' ? 'no_verdict' : null,
    expiresAt: new Date(now.getTime() + MINUTE_MS),
    payloadHash: body('allow').payload_hash ?? '',
    accountId: 'alice' as AccountId,
    verdictRevision: state === 'requested' || state === 'held' ? 0 : 1,
    stepUpProof: null,
    ...overrides,
  };
}

const judged = (withdrawal: Judged, verdict: VerdictBody): string => {
  const judgement = judgeVerdict(withdrawal, verdict, limits, now);
  return judgement.kind === 'hold' ? `hold:${judgement.cause}` : judgement.kind;
};

describe('judgeVerdict', () => {
  test.each([
    ['requested', 'allow', 'approve'],
    ['requested', 'challenge', 'challenge'],
    ['requested', 'hold', 'hold:verdict'],
    ['requested', 'deny', 'deny'],
    ['requested', 'freeze', 'deny'],
    ['held', 'allow', 'approve'],
    ['held', 'challenge', 'challenge'],
    ['held', 'hold', 'hold:verdict'],
    ['held', 'deny', 'deny'],
    ['awaiting_step_up', 'allow', 'approve'],
    ['awaiting_step_up', 'challenge', 'stay'],
    ['awaiting_step_up', 'hold', 'hold:verdict'],
    ['approved', 'allow', 'stay'],
    ['approved', 'challenge', 'challenge'],
    ['approved', 'hold', 'hold:verdict'],
    ['approved', 'freeze', 'deny'],
  ] as const)('%s, then %s: %s', (state, outcome, expected) => {
    expect(judged(at(state), body(outcome, { revision: 2 }))).toBe(expected);
  });

  test.each(WITHDRAWAL_STATES.filter((state) => !isOpen(state)))('%s: every verdict comes too late', (state) => {
    for (const outcome of OUTCOMES) expect(judged(at(state), body(outcome, { revision: 9 }))).toBe('ignore');
  });

  test('an old revision never counts again', () => {
    for (const outcome of OUTCOMES)
      expect(judged(at('approved', { verdictRevision: 2 }), body(outcome, { revision: 2 }))).toBe('ignore');
  });

  test('a verdict for other money or another person permits nothing', () => {
    for (const other of [{ payload_hash: '0'.repeat(64) }, { payload_hash: null }, { subject: 'mallory' }]) {
      expect(judged(at('requested'), body('allow', other))).toBe('hold:verdict');
      expect(judged(at('requested'), body('challenge', other))).toBe('hold:verdict');
    }
  });

  test('a late allow releases a hold for want of a verdict only within its time', () => {
    expect(judged(at('held', { expiresAt: now }), body('allow'))).toBe('ignore');
    expect(judged(at('held', { expiresAt: now }), body('deny'))).toBe('deny');
  });

  test('no verdict lifts a hold whose cause is the account', () => {
    const blocked = at('held', { holdCause: 'account_blocked' });
    expect(judged(blocked, body('allow', { revision: 2 }))).toBe('stay');
    expect(judged(blocked, body('hold', { revision: 2 }))).toBe('hold:account_blocked');
    expect(judged(blocked, body('deny', { revision: 2 }))).toBe('deny');
  });

  test('an allow that has run out permits nothing', () => {
    const old = body('allow', { judged_at: new Date(now.getTime() - 16 * MINUTE_MS).toISOString() });
    expect(judged(at('requested'), old)).toBe('hold:no_verdict');
    expect(judged(at('held'), old)).toBe('stay');
  });

  test('a passed second factor stays passed when a new judgement asks for one', () => {
    const proof = key.sign({ kind: 'step_up_passed' }) as unknown as Judged['stepUpProof'];
    expect(judged(at('approved', { stepUpProof: proof }), body('challenge', { revision: 2 }))).toBe('stay');
    expect(judged(at('held', { holdCause: 'verdict', stepUpProof: proof }), body('challenge', { revision: 2 }))).toBe('approve');
  });
});
