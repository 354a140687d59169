import { expect, test } from 'vitest';
import { HOUR_MS } from '../../core/index.ts';
import { createRuleEvaluator } from '../dialect/index.ts';
import { ruleOf } from '../dialect/testing.ts';
import { createFreezeBudget } from './freeze-budget.ts';

const rule = ruleOf(
  { all: [{ fact: 'x', operator: 'equal', value: 1 }] },
  { effect: { outcome: 'freeze', score: 900, actions: ['freeze'] }, limits: { freezes_per_hour: 3 } },
);

function outcomes(times: readonly number[]): (string | undefined)[] {
  const budget = createFreezeBudget([rule]);
  const evaluator = createRuleEvaluator([rule]);
  return times.map((timeMs) => {
    const result = evaluator.evaluate('wallet.login.attempted', { x: 1, ...budget.facts(timeMs) });
    budget.note(
      timeMs,
      result.hits.filter((hit) => hit.reason.outcome === 'freeze').map((hit) => hit.reason.rule),
    );
    return result.hits[0]?.reason.outcome;
  });
}

test('the fourth freeze of an hour is a hold, and the next hour freezes again', () => {
  expect(outcomes([0, 1, 2, 3, HOUR_MS - 1, HOUR_MS, HOUR_MS + 1, HOUR_MS + 2, HOUR_MS + 3])).toEqual([
    'freeze',
    'freeze',
    'freeze',
    'hold',
    'hold',
    'freeze',
    'freeze',
    'freeze',
    'hold',
  ]);
});

test('rules without a budget are not counted', () => {
  const budget = createFreezeBudget([ruleOf({ all: [{ fact: 'x', operator: 'equal', value: 1 }] })]);
  budget.note(0, [rule.id]);
  expect(budget.facts(1)).toEqual({});
});
