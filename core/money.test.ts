import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDecimal, MINOR_MAX, parseDecimal, parseMinor } from './money.ts';

describe('money on the wire', () => {
  it.each([
    -1,
    1.5,
    2 ** 53 + 1,
    null,
    undefined,
    '',
    '-1',
    '+1',
    '01',
    '1.0',
    '1e3',
    '0x10',
    ' 1',
    '1 ',
    '１',
    '1'.repeat(79),
    true,
    ['1'],
    { amount: '1' },
  ])('refuses %j (attack F09)', (wire) => {
    expect(parseMinor(wire)).toMatchObject({ ok: false });
  });

  it('refuses what exceeds uint256 and takes its largest', () => {
    expect(parseMinor(MINOR_MAX.toString())).toEqual({ ok: true, value: MINOR_MAX });
    expect(parseMinor((MINOR_MAX + 1n).toString())).toMatchObject({ ok: false, refusal: { code: 'amount_too_large' } });
  });

  it('reads back every amount it prints, at every number of decimals', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MINOR_MAX }), fc.integer({ min: 0, max: 30 }), (amount, decimals) => {
        expect(parseDecimal(formatDecimal(amount, decimals), decimals)).toEqual({ ok: true, value: amount });
        expect(parseMinor(amount.toString())).toEqual({ ok: true, value: amount });
      }),
    );
  });

  it('refuses more digits after the point than the asset has', () => {
    expect(parseDecimal('0.1234567', 6)).toMatchObject({ ok: false, refusal: { code: 'amount_malformed' } });
    expect(parseDecimal('.5', 6)).toMatchObject({ ok: false });
  });
});
