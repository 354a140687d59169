import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDraw } from './draw.ts';

const take = (seed: string, name: string): number[] => {
  const draw = createDraw(seed).child(name);
  return Array.from({ length: 20 }, () => draw.uniform());
};

describe('chance of the demo world', () => {
  it('is the seed’s alone, and another for each name', () => {
    expect(take('a', 'x')).toEqual(take('a', 'x'));
    expect(take('a', 'x')).not.toEqual(take('a', 'y'));
    expect(take('a', 'x')).not.toEqual(take('b', 'x'));
  });

  it('stays within its bounds', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: -50, max: 50 }), fc.nat(100), (seed, low, width) => {
        const draw = createDraw(seed);
        const whole = draw.integer(low, low + width);
        const between = draw.between(low, low + width);
        expect(Number.isInteger(whole) && whole >= low && whole <= low + width).toBe(true);
        expect(between >= low && between <= low + width).toBe(true);
        expect(draw.logNormal(10, 1)).toBeGreaterThan(0);
        expect(draw.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(draw.shuffled([1, 2, 3]).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
      }),
    );
  });

  it('draws amounts of which half are below the median', () => {
    const draw = createDraw('median');
    const below = Array.from({ length: 4_000 }, () => draw.logNormal(140, 0.9)).filter((usd) => usd < 140).length;
    expect(below).toBeGreaterThan(1_800);
    expect(below).toBeLessThan(2_200);
  });
});
