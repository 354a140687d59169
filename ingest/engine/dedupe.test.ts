import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDedupe } from './dedupe.ts';

const uuid = (n: number) => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

describe('dedupe', () => {
  test('knows a pair of source and id, not an id alone', () => {
    const dedupe = createDedupe({ horizonMs: 10, idsMax: 10 });
    dedupe.add('a', uuid(1), 0);
    expect(dedupe.has('a', uuid(1))).toBe(true);
    expect(dedupe.has('b', uuid(1))).toBe(false);
    expect(dedupe.has('a', uuid(2))).toBe(false);
  });

  test('remembers up to and including the horizon', () => {
    const dedupe = createDedupe({ horizonMs: 10, idsMax: 10 });
    dedupe.add('a', uuid(1), 0);
    dedupe.add('a', uuid(2), 10);
    expect(dedupe.has('a', uuid(1))).toBe(true);
    dedupe.add('a', uuid(3), 11);
    expect(dedupe.has('a', uuid(1))).toBe(false);
    expect(dedupe.forgottenEarly).toBe(0);
  });

  test('forgets the oldest first when full, and counts it', () => {
    const dedupe = createDedupe({ horizonMs: 1_000, idsMax: 2 });
    for (const n of [1, 2, 3]) dedupe.add('a', uuid(n), 0);
    expect([1, 2, 3].map((n) => dedupe.has('a', uuid(n)))).toEqual([false, true, true]);
    expect(dedupe.size).toBe(2);
    expect(dedupe.forgottenEarly).toBe(1);
  });

  test('agrees with a plain list of everything ever seen', () => {
    const step = fc.record({
      source: fc.constantFrom('a', 'b'),
      id: fc.integer({ min: 0, max: 12 }),
      forward: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const dedupe = createDedupe({ horizonMs: 10, idsMax: 1_000 });
        const seen: { key: string; at: number }[] = [];
        let now = 0;
        for (const { source, id, forward } of steps) {
          const key = `${source}|${id}`;
          const expected = seen.some((each) => each.key === key && each.at + 10 >= now);
          expect(dedupe.has(source, uuid(id))).toBe(expected);
          if (expected) continue;
          now += forward;
          dedupe.add(source, uuid(id), now);
          seen.push({ key, at: now });
        }
      }),
    );
  });
});
