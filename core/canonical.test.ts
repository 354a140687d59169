import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical.ts';

test('any JSON value is spelt as the library for RFC 8785 spells it', () => {
  const text = fc.string({ unit: 'binary' });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(fc.oneof(text, fc.constantFrom('a', 'B', '10', '9', '__proto__', 'é', '\u{1f600}', '\ufb33')), tie('value'), {
        noNullPrototype: true,
        maxKeys: 6,
      }),
    ),
  }));
  fc.assert(
    fc.property(value, (any) => {
      expect(canonicalJson(any)).toBe(canonicalize(any));
    }),
    { numRuns: 500 },
  );
});

test('members that are not there are left out, and what is more than JSON is told by its toJSON', () => {
  const at = new Date(0);
  expect(canonicalJson({ b: undefined, a: [at, -0, 1e21], at })).toBe(
    '{"a":["1970-01-01T00:00:00.000Z",0,1e+21],"at":"1970-01-01T00:00:00.000Z"}',
  );
});

test.each([[Number.NaN], [Number.POSITIVE_INFINITY], ['\ud800'], [{ '\udc00': 1 }], [undefined], [1n]])(
  'what is no JSON has no canonical form: %o',
  (value) => {
    expect(() => canonicalJson(value)).toThrow();
  },
);
