import type { Facts } from '../../core/index.ts';
import { compileCondition } from './compile.ts';
import { createExplainer } from './explain.ts';
import { FALSE, TRUE, type Truth } from './operators.ts';
import type { Rule, EXPECTATIONS } from './rule.ts';

type Expectation = (typeof EXPECTATIONS)[number];

export interface RuleTestResult {
  readonly rule: string;
  readonly test: string;
  readonly expected: Expectation;
  readonly actual: Expectation;
  readonly ok: boolean;
  /** Facts the condition could not be decided for; empty unless `actual` is undecided. */
  readonly missing: readonly string[];
}

function nameOf(truth: Truth): Expectation {
  return truth === TRUE ? 'hit' : truth === FALSE ? 'miss' : 'undecided';
}

/** Runs the tests written inside the rules, whatever the rules' status. */
export function runRuleTests(rules: readonly Rule[]): readonly RuleTestResult[] {
  return rules.flatMap((rule) => {
    const condition = compileCondition(rule.condition);
    const { nameUndecided } = createExplainer(rule.condition);
    return rule.tests.map((test) => {
      const facts = test.given as Facts;
      const actual = nameOf(condition(facts));
      const ok = actual === test.expect;
      return { rule: rule.id, test: test.name, expected: test.expect, actual, ok, missing: nameUndecided(facts) };
    });
  });
}
