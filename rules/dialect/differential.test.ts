import fc from 'fast-check';
import { Engine, type TopLevelCondition } from 'json-rules-engine';
import { expect, test } from 'vitest';
import type { Facts, FactValue } from '../../core/index.ts';
import { type Condition, isFactReference } from './condition.ts';
import { createRuleEvaluator } from './evaluator.ts';
import { createJsonRulesEngineEvaluator } from './json-rules-engine.ts';
import type { OperatorName } from './operators.ts';
import { followPath, parsePath } from './path.ts';
import { ruleOf } from './testing.ts';

/* Facts: two of each type, and an object with the same inside it. */
const numbers = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(0.5, -0, 1e9));
const strings = fc.constantFrom('a', 'b', '');
const lists = fc.array(strings, { maxLength: 3 });
const shape = { n: numbers, m: numbers, s: strings, r: strings, b: fc.boolean(), l: lists };
const complete = fc.record({ ...shape, o: fc.record({ ...shape, deep: fc.tuple(numbers, numbers) }) });

const byType = { number: ['n', 'm'], string: ['s', 'r'], boolean: ['b'], array: ['l'] } as const;
type Kind = keyof typeof byType;
const literal: Record<Kind, fc.Arbitrary<FactValue>> = { number: numbers, string: strings, boolean: fc.boolean(), array: lists };

function reference(kind: Kind): fc.Arbitrary<{ fact: string; path?: string }> {
  const name = fc.constantFrom(...byType[kind]);
  const inside = name.map((field) => ({ fact: 'o', path: `$.${field}` }));
  const deep = kind === 'number' ? [fc.constantFrom('$.deep[0]', "$['deep'][1]").map((path) => ({ fact: 'o', path }))] : [];
  return fc.oneof(
    name.map((fact) => ({ fact })),
    inside,
    ...deep,
  );
}

function comparison(kind: Kind, operators: readonly OperatorName[], right: Kind = kind): fc.Arbitrary<Condition> {
  const value = fc.oneof(literal[right], reference(right));
  return fc
    .tuple(reference(kind), fc.constantFrom(...operators), value)
    .map(([left, operator, to]) => ({ ...left, operator, value: to }));
}

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  comparison('number', ['lessThan', 'lessThanInclusive', 'greaterThan', 'greaterThanInclusive', 'equal', 'notEqual']),
  comparison('string', ['equal', 'notEqual']),
  comparison('boolean', ['equal', 'notEqual']),
  fc
    .tuple(reference('string'), fc.constantFrom('in', 'notIn'), fc.array(strings, { minLength: 1, maxLength: 3 }))
    .map(([left, operator, value]) => ({ ...left, operator, value })),
  comparison('array', ['contains', 'doesNotContain'], 'string'),
);
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    tie('condition').map((not) => ({ not })),
  ),
}));

const TYPE = 'wallet.login.attempted' as const;

/** The package itself on the condition as written: its own operators, none of our decorators. */
async function packageSays(when: Condition, facts: Facts): Promise<boolean> {
  const engine = new Engine([], {
    pathResolver: (value, path) => followPath(value as FactValue, parsePath(path) ?? []),
  });
  engine.addRule({ conditions: { all: [when] } as TopLevelCondition, event: { type: 'hit' } });
  const { events } = await engine.run({ ...facts });
  return events.length === 1;
}

test('on complete, well-typed facts the closures fire exactly where json-rules-engine fires', async () => {
  await fc.assert(
    fc.asyncProperty(condition, complete, async (when, facts) => {
      const rule = ruleOf(when);
      const ours = createRuleEvaluator([rule]).evaluate(TYPE, facts);
      expect(ours.undecided).toEqual({});
      expect(ours.hits.length === 1).toBe(await packageSays(when, facts));
      expect(await createJsonRulesEngineEvaluator([rule]).evaluate(TYPE, facts)).toEqual(ours);
    }),
    { numRuns: 2_500 },
  );
});

const broken = fc.constantFrom<FactValue | undefined>(undefined, null, 'zzz', 7, true, Number.NaN, ['a', 1]);
const incomplete = fc.record({
  n: fc.oneof(numbers, broken),
  m: fc.oneof(numbers, broken),
  s: fc.oneof(strings, broken),
  r: fc.oneof(strings, broken),
  b: fc.oneof(fc.boolean(), broken),
  l: fc.oneof(lists, broken),
  o: fc.oneof(fc.record({ n: numbers, deep: fc.array(numbers, { maxLength: 2 }) }), broken),
});

function present(facts: Record<string, FactValue | undefined>): Facts {
  return Object.fromEntries(Object.entries(facts).filter((entry): entry is [string, FactValue] => entry[1] !== undefined));
}

test('on missing and mistyped facts both evaluators agree on hit, miss and undecided', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(condition, { minLength: 1, maxLength: 4 }), incomplete, async (conditions, given) => {
      const facts = present(given);
      const rules = conditions.map((when, index) => ruleOf(when, { id: `test.rule-${index}` }));
      const ours = createRuleEvaluator(rules).evaluate(TYPE, facts);
      expect(await createJsonRulesEngineEvaluator(rules).evaluate(TYPE, facts)).toEqual(ours);
      for (const names of Object.values(ours.undecided)) expect(names.length).toBeGreaterThan(0);
    }),
    { numRuns: 1_000 },
  );
});

/** What every way of filling the gaps would say: true, false, or both. */
function outcomes(when: Condition, facts: Facts, evaluate: (facts: Facts) => number): Set<boolean> {
  const names = new Set<string>();
  const visit = (each: Condition): void => {
    if ('all' in each) each.all.forEach(visit);
    else if ('any' in each) each.any.forEach(visit);
    else if ('not' in each) visit(each.not);
    else if (!('condition' in each)) {
      names.add(each.fact);
      if (isFactReference(each.value)) names.add(each.value.fact);
    }
  };
  visit(when);
  const missing = [...names].filter((name) => facts[name] === undefined);
  const fillings: Record<string, FactValue>[] = missing.reduce<Record<string, FactValue>[]>(
    (partial, name) => partial.flatMap((each) => [-5, 0, 5].map((value) => ({ ...each, [name]: value }))),
    [{}],
  );
  return new Set(fillings.map((filling) => evaluate({ ...facts, ...filling }) === 1));
}

test('a decided rule stays as decided, whatever the missing facts turn out to be', () => {
  const small = fc.record({
    n: fc.option(fc.integer({ min: -2, max: 2 }), { nil: undefined }),
    m: fc.option(fc.integer({ min: -2, max: 2 }), { nil: undefined }),
  });
  const numeric = comparison('number', ['lessThan', 'greaterThan']).filter((each) => !JSON.stringify(each).includes('"o"'));
  const { nested } = fc.letrec<{ nested: Condition }>((tie) => ({
    nested: fc.oneof(
      { maxDepth: 3 },
      numeric,
      fc.array(tie('nested'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
      fc.array(tie('nested'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
      tie('nested').map((not) => ({ not })),
    ),
  }));
  fc.assert(
    fc.property(nested, small, (when, given) => {
      const evaluator = createRuleEvaluator([ruleOf(when)]);
      const says = (facts: Facts): number => evaluator.evaluate(TYPE, facts).hits.length;
      const facts = present(given);
      const result = evaluator.evaluate(TYPE, facts);
      if (Object.keys(result.undecided).length > 0) return;
      expect([...outcomes(when, facts, says)]).toEqual([result.hits.length === 1]);
    }),
    { numRuns: 1_000 },
  );
});
