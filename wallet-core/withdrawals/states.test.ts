import { describe, expect, test } from 'vitest';
import { isGivenBack, isOpen, mayFollow, TRANSITIONS, WITHDRAWAL_STATES, type WithdrawalState } from './states.ts';

const nonceReserved: readonly WithdrawalState[] = ['signing', 'signed', 'broadcast', 'confirming', 'confirmed'];

describe('the table of transitions', () => {
  test.each(nonceReserved)('%s: a nonce is reserved, so nothing cancels, denies or expires it', (state) => {
    for (const end of ['cancelled', 'denied', 'expired', 'held', 'approved'] as const) expect(mayFollow(state, end)).toBe(false);
    expect(isOpen(state)).toBe(false);
  });

  test('a nonce is reserved from approved alone', () => {
    expect(WITHDRAWAL_STATES.filter((state) => mayFollow(state, 'signing'))).toEqual(['approved']);
  });

  test('money goes back only from where no signature can exist, or where the chain reverted it', () => {
    const toFailed = WITHDRAWAL_STATES.filter((state) => mayFollow(state, 'failed'));
    expect(toFailed).toEqual(['signing', 'confirming']);
    for (const state of ['signed', 'broadcast'] as const) expect(TRANSITIONS[state].some(isGivenBack)).toBe(false);
  });

  test('what has ended stays ended', () => {
    for (const state of WITHDRAWAL_STATES) {
      if (isGivenBack(state) || state === 'confirmed') expect(TRANSITIONS[state]).toEqual([]);
    }
  });

  test('every state is reached from requested, and every state can end', () => {
    const reached = new Set<WithdrawalState>(['requested']);
    for (const state of reached) for (const next of TRANSITIONS[state]) reached.add(next);
    expect([...reached].toSorted()).toEqual(WITHDRAWAL_STATES.toSorted());
    for (const state of WITHDRAWAL_STATES) {
      const ahead = new Set<WithdrawalState>([state]);
      for (const each of ahead) for (const next of TRANSITIONS[each]) ahead.add(next);
      expect([...ahead].some((each) => TRANSITIONS[each].length === 0)).toBe(true);
    }
  });
});
