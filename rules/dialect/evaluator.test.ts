import { describe, expect, test } from 'vitest';
import type { Facts } from '../../core/index.ts';
import type { Condition } from './condition.ts';
import { createRuleEvaluator, freezeCountFact } from './evaluator.ts';
import { createJsonRulesEngineEvaluator } from './json-rules-engine.ts';
import { ruleOf } from './testing.ts';

const TYPE = 'wallet.login.attempted' as const;

function judge(when: Condition, facts: Facts) {
  return createRuleEvaluator([ruleOf(when)]).evaluate(TYPE, facts);
}

describe('a missing or mistyped fact', () => {
  const over = { fact: 'x', operator: 'greaterThan', value: 100 } as const;

  test.each([
    ['missing', {}],
    ['text that begins with a number', { x: '500abc' }],
    ['nothing', { x: null }],
    ['not a number', { x: Number.NaN }],
    ['infinite', { x: Number.POSITIVE_INFINITY }],
    ['a list', { x: [500] }],
  ])('%s is undecided, not false', (_name, facts) => {
    const result = judge({ all: [over] }, facts);
    expect(result.hits).toEqual([]);
    expect(result.undecided).toEqual({ 'test.rule': ['x'] });
  });

  test('does not matter where the other parts decide', () => {
    const yes = { fact: 'y', operator: 'equal', value: 1 } as const;
    const no = { fact: 'y', operator: 'equal', value: 2 } as const;
    expect(judge({ any: [over, yes] }, { y: 1 }).hits).toHaveLength(1);
    expect(judge({ all: [over, no] }, { y: 1 })).toEqual({ hits: [], undecided: {}, shadow: [] });
    expect(judge({ not: { any: [over, no] } }, { y: 1 }).undecided).toEqual({ 'test.rule': ['x'] });
  });

  test('nothing is known to be nothing: it equals null and differs from text', () => {
    expect(judge({ all: [{ fact: 'x', operator: 'equal', value: null }] }, { x: null }).hits).toHaveLength(1);
    expect(judge({ all: [{ fact: 'x', operator: 'notEqual', value: 'a' }] }, { x: null }).hits).toHaveLength(1);
    expect(judge({ all: [{ fact: 'x', operator: 'equal', value: 'a' }] }, { x: 4 }).undecided).toEqual({ 'test.rule': ['x'] });
  });

  test('both sides are named when both are missing', () => {
    const result = judge({ all: [{ fact: 'x', operator: 'lessThan', value: { fact: 'o', path: '$.a' } }] }, {});
    expect(result.undecided).toEqual({ 'test.rule': ['o.a', 'x'] });
  });

  test('a path reaches own properties only', () => {
    const result = judge({ all: [{ fact: 'o', path: '$.constructor', operator: 'notEqual', value: 'a' }] }, { o: {} });
    expect(result.undecided).toEqual({ 'test.rule': ['o.constructor'] });
  });
});

describe('reasons', () => {
  test('say in words which facts made the rule fire, and no others', () => {
    const result = judge(
      {
        all: [
          { fact: 'device.age_hours', operator: 'lessThan', value: 24 },
          { fact: 'amount_usd', operator: 'greaterThan', value: { fact: 'usual' } },
          { not: { fact: 'payments', operator: 'greaterThan', value: 3 } },
          {
            any: [
              { fact: 'payee_is_new', operator: 'equal', value: true },
              { fact: 'country', operator: 'in', value: ['XX', 'YY'] },
            ],
          },
        ],
      },
      { 'device.age_hours': 0.4, amount_usd: 9000, usual: 1200, payments: 0, payee_is_new: true, country: 'DE' },
    );
    expect(result.hits[0]?.reason.words).toEqual([
      'device.age_hours is 0.4, less than 24',
      'amount_usd is 9000, greater than usual (1200)',
      'payments is 0, not greater than 3',
      'payee_is_new is true',
    ]);
    expect(result.hits[0]?.reason.facts).toEqual({
      'device.age_hours': 0.4,
      amount_usd: 9000,
      usual: 1200,
      payments: 0,
      payee_is_new: true,
    });
  });
});

describe('status', () => {
  const yes: Condition = { all: [{ fact: 'x', operator: 'equal', value: 1 }] };

  test('drafts and retired rules are silent, shadow rules are named, live ones act', () => {
    const rules = (['draft', 'retired', 'shadow', 'live'] as const).map((status) =>
      ruleOf(yes, { id: `test.${status}`, status }),
    );
    const result = createRuleEvaluator(rules).evaluate(TYPE, { x: 1 });
    expect(result.hits.map(({ reason }) => reason.rule)).toEqual(['test.live']);
    expect(result.shadow).toEqual(['test.shadow']);
    expect(createRuleEvaluator(rules).evaluate(TYPE, {}).undecided).toEqual({ 'test.live': ['x'] });
  });

  test('a canary acts on its share of accounts, always the same ones', () => {
    const evaluator = createRuleEvaluator([ruleOf(yes, { status: 'canary', canary_percent: 20 })]);
    const acted = (): string[] =>
      Array.from({ length: 2000 }, (_, index) => `account-${index}`).filter(
        (subject) => evaluator.evaluate(TYPE, { x: 1, 'event.subject': subject }).hits.length === 1,
      );
    expect(acted().length).toBeGreaterThan(300);
    expect(acted().length).toBeLessThan(500);
    expect(acted()).toEqual(acted());
    expect(evaluator.evaluate(TYPE, { x: 1 }).shadow).toEqual(['test.rule']);
  });

  test('rules see their own event types only', () => {
    const evaluator = createRuleEvaluator([ruleOf(yes, { on: ['wallet.payee.added', 'wallet.kyc.changed'] })]);
    expect(evaluator.evaluate(TYPE, { x: 1 }).hits).toEqual([]);
    expect(evaluator.evaluate('wallet.kyc.changed', { x: 1 }).hits).toHaveLength(1);
  });
});

test('past its budget a freeze degrades to a hold and says so', () => {
  const rule = ruleOf(
    { all: [{ fact: 'x', operator: 'equal', value: 1 }] },
    { effect: { outcome: 'freeze', score: 900, actions: ['freeze', 'notify'] }, limits: { freezes_per_hour: 2 } },
  );
  const evaluator = createRuleEvaluator([rule]);
  expect(evaluator.evaluate(TYPE, { x: 1, [freezeCountFact(rule.id)]: 1 }).hits[0]?.reason.outcome).toBe('freeze');
  const [hit] = evaluator.evaluate(TYPE, { x: 1, [freezeCountFact(rule.id)]: 2 }).hits;
  expect(hit?.reason.outcome).toBe('hold');
  expect(hit?.actions).toEqual(['hold', 'notify']);
  expect(hit?.reason.words.at(-1)).toContain('spent its 2 freezes');
});

test('a condition shared by many rules is worked out anew for every event', () => {
  const shared: Condition = {
    all: [
      { fact: 'x', operator: 'greaterThan', value: 1 },
      { fact: 'y', operator: 'equal', value: 'a' },
    ],
  };
  const evaluator = createRuleEvaluator([1, 2, 3].map((index) => ruleOf(shared, { id: `test.r${index}` })));
  expect(evaluator.evaluate(TYPE, { x: 2, y: 'a' }).hits).toHaveLength(3);
  expect(evaluator.evaluate(TYPE, { x: 0, y: 'a' }).hits).toHaveLength(0);
  expect(Object.keys(evaluator.evaluate(TYPE, { y: 'a' }).undecided)).toHaveLength(3);
});

test('the second evaluator answers concurrent events without losing any', async () => {
  const evaluator = createJsonRulesEngineEvaluator([ruleOf({ all: [{ fact: 'x', operator: 'equal', value: 1 }] })]);
  const results = await Promise.all(Array.from({ length: 200 }, async (_, index) => evaluator.evaluate(TYPE, { x: index % 2 })));
  expect(results.map(({ hits }) => hits.length)).toEqual(results.map((_, index) => index % 2));
});

test('the version changes with what a rule does, not with its notes', () => {
  const when: Condition = { all: [{ condition: 'big' }] };
  const version = (limit: number, changes = {}): string =>
    ruleOf(when, changes, { big: { fact: 'x', operator: 'greaterThan', value: limit } }).version;
  expect(version(1, { falsepositives: ['others'] })).toBe(version(1));
  expect(version(2)).not.toBe(version(1));
  expect(version(1, { status: 'shadow' })).not.toBe(version(1));
});
