import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAmount, parseAmount, plainAmount } from './amount.ts';

const minorOf = (text: string, decimals = 18) => {
  const parsed = parseAmount(text, decimals);
  return parsed.ok ? parsed.minor : parsed.problem;
};

describe('amounts', () => {
  it('are what was typed, to the last digit', () => {
    expect(minorOf('0.1')).toBe(100_000_000_000_000_000n);
    expect(minorOf('1000000000.000000000000000001')).toBe(1_000_000_000_000_000_000_000_000_001n);
    expect(minorOf(' 1,000.5 ', 6)).toBe(1_000_500_000n);
    expect(minorOf('.5', 2)).toBe(50n);
    expect(minorOf('2.', 2)).toBe(200n);
    expect(minorOf('1.500', 1)).toBe(15n);
    expect(minorOf('007', 0)).toBe(7n);
  });

  it('are refused when they could be read two ways, or are no plain decimal', () => {
    for (const text of ['1,5', '1,00', '1e3', '-1', '+1', '0x10', '1.2.3', '.', 'Ⅷ', '１', '1 000'])
      expect(minorOf(text)).toBe('malformed');
    expect(minorOf('')).toBe('empty');
    expect(minorOf('0.001', 2)).toBe('too_precise');
    expect(minorOf('9'.repeat(79), 0)).toBe('too_large');
  });

  it('come back from what is shown', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 60n }), fc.integer({ min: 0, max: 18 }), (minor, decimals) => {
        expect(minorOf(formatAmount(minor, decimals), decimals)).toBe(minor);
        expect(minorOf(plainAmount(minor, decimals), decimals)).toBe(minor);
      }),
    );
  });

  it('are grouped by thousands before the point alone', () => {
    expect(formatAmount(1_234_567_890_123n, 6)).toBe('1,234,567.890123');
    expect(formatAmount(-1n, 2)).toBe('-0.01');
    expect(formatAmount(100n, 2)).toBe('1');
  });
});
