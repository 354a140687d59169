import { type Condition, type NamedConditions } from './condition.ts';
import { makeRule, type Rule, type RuleFile } from './rule.ts';

/** A rule around a condition, for tests of evaluators. */
export function ruleOf(
  when: Condition,
  { effect, ...changes }: Partial<Omit<RuleFile, 'then'>> & { effect?: RuleFile['then'] } = {},
  named: NamedConditions = {},
): Rule {
  const file: RuleFile = {
    id: 'test.rule',
    title: 'a rule of a test',
    owner: 'tests',
    review_by: '2027-01-01',
    on: 'wallet.login.attempted',
    status: 'live',
    level: 'low',
    // oxlint-disable-next-line unicorn/no-thenable -- the dialect's word; it holds an object
    then: effect ?? { outcome: 'challenge', score: 100, actions: ['notify'] },
    falsepositives: ['nobody'],
    tests: [],
    when,
    ...changes,
  };
  return makeRule(file, when, named);
}
