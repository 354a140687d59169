import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type BookSources, LIBRARY_DIRECTORY, loadRuleBook, ruleSchema } from './book.ts';

const POLICY = {
  file: 'policy.yaml',
  text: 'default: { undecided: allow, rules_only: allow, thresholds: {} }\nevents: {}\nactions: { allow: [], challenge: [], hold: [], deny: [], freeze: [] }\n',
};
const FEATURES = {
  file: 'features/f.yaml',
  text: 'features:\n  - { id: account.logins_1h, doc: logins in an hour, count: true, of: wallet.login.attempted, per: account, over: 1h }\n',
};
const RULE = `id: test.many-logins
title: Many logins
owner: tests
review_by: 2027-05-01
on: wallet.login.attempted
status: live
level: low
when:
  all:
    - { fact: account.logins_1h, operator: greaterThan, value: 5 }
then: { outcome: challenge, score: 100, actions: [] }
falsepositives:
  - none known
tests:
  - { name: many, given: { account.logins_1h: 6 }, expect: hit }
  - { name: few, given: { account.logins_1h: 5 }, expect: miss }
`;

function load(changes: Partial<BookSources>) {
  return loadRuleBook({
    features: [FEATURES],
    conditions: null,
    rules: [{ file: 'rules/r.yaml', text: RULE }],
    policy: POLICY,
    ...changes,
  });
}

function problemsOf(text: string) {
  const result = load({ rules: [{ file: 'rules/r.yaml', text }] });
  return result.ok ? [] : result.problems.map(({ line, column, code, message }) => ({ at: `${line}:${column}`, code, message }));
}

describe('a book', () => {
  test('loads', () => {
    const result = load({});
    expect(result).toMatchObject({ ok: true, value: { rules: [{ id: 'test.many-logins' }] } });
  });

  test('has a revision that changes with any of its parts', () => {
    const revision = (changes: Partial<BookSources>): string => {
      const result = load(changes);
      return result.ok ? result.value.revision : result.refusal.message;
    };
    const all = [
      revision({}),
      revision({ rules: [] }),
      revision({ rules: [{ file: 'r', text: RULE.replace('value: 5', 'value: 7') }] }),
      revision({ policy: { ...POLICY, text: POLICY.text.replace('undecided: allow', 'undecided: hold') } }),
      revision({ features: [{ ...FEATURES, text: FEATURES.text.replace('over: 1h', 'over: 2h') }] }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(revision({})).toBe(all[0]);
  });

  test('that cannot be read is refused with the paths', () => {
    const result = loadRuleBook('/nowhere/at/all');
    expect(result.ok).toBe(false);
    if (!result.ok)
      expect(result.problems.map(({ file }) => file)).toEqual(expect.arrayContaining(['features', 'rules', 'policy.yaml']));
  });
});

describe('problems', () => {
  test('come all at once, each at its place with what to do', () => {
    const text = RULE.replace('status: live', 'status: alive')
      .replace('account.logins_1h, operator: greaterThan, value: 5', 'account.login_1h, operator: greaterThen, value: 5')
      .replace('level: low', 'level: low\nlevle: high');
    expect(problemsOf(text)).toEqual([
      { at: '8:1', code: 'shape_invalid', message: '"levle" is not a field here: remove it or correct its spelling' },
      { at: '6:9', code: 'shape_invalid', message: '"status" must be one of: draft, shadow, canary, live, retired' },
      { at: '11:15', code: 'fact_unknown', message: 'no fact is named "account.login_1h": did you mean "account.logins_1h"?' },
      { at: '11:43', code: 'condition_invalid', message: 'no operator is named "greaterThen": did you mean "greaterThan"?' },
    ]);
  });

  test.each([
    ['broken YAML', RULE.replace('then: {', 'then: { {'), 'yaml_broken'],
    ['a tab for indentation', RULE.replace('  all:', '\tall:'), 'yaml_broken'],
    ['a key twice', `${RULE}id: test.other\n`, 'yaml_broken'],
    ['an empty file', '', 'shape_invalid'],
    ['a list', '- a\n- b\n', 'shape_invalid'],
    [
      'a bomb of aliases',
      `a: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefgh'
        .split('')
        .map((name, index) => `${name}: &${name} [${`*${'abcdefg'[index]},`.repeat(9)}]`)
        .join('\n')}\n`,
      'yaml_broken',
    ],
    [
      'a fact the event does not have',
      RULE.replace('account.logins_1h, operator', 'data.payee_is_new, operator').replace(
        'greaterThan, value: 5',
        'equal, value: true',
      ),
      'fact_not_in_event',
    ],
    ['a number operator on text', RULE.replace('account.logins_1h, operator', 'data.result, operator'), 'operator_mismatch'],
    ['text against a number', RULE.replace('value: 5', 'value: "5"'), 'operator_mismatch'],
    ['two kinds of condition in one', RULE.replace('  all:', '  not: { condition: x }\n  all:'), 'condition_invalid'],
    ['no conditions', RULE.replace(/ {2}all:\n.*\n/, '  all: []\n'), 'condition_invalid'],
    ['an unknown condition', RULE.replace(/ {2}all:\n.*\n/, '  condition: fresh\n'), 'condition_unknown'],
    [
      'a test with an unknown fact',
      RULE.replace('given: { account.logins_1h: 6 }', 'given: { account.logins_1hh: 6 }'),
      'fact_unknown',
    ],
    [
      'hindsight as a fact',
      RULE.replace('account.logins_1h, operator: greaterThan, value: 5', 'data.label_fraud, operator: equal, value: true'),
      'fact_unknown',
    ],
    ['a canary without a share', RULE.replace('status: live', 'status: canary'), 'shape_invalid'],
    [
      'a path with a script',
      RULE.replace('greaterThan, value: 5', 'greaterThan, value: 5, path: "$..[?(@.x)]"'),
      'condition_invalid',
    ],
  ])('%s', (_name, text, code) => {
    const problems = problemsOf(text);
    expect(problems.map((problem) => problem.code)).toContain(code);
    for (const { at } of problems) expect(at).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  test('one id for two rules names both files', () => {
    const result = load({ rules: ['a.yaml', 'b.yaml'].map((file) => ({ file, text: RULE })) });
    expect(result.ok ? [] : result.problems).toMatchObject([
      { file: 'b.yaml', line: 1, code: 'id_duplicate', message: expect.stringContaining('a.yaml') },
    ]);
  });

  test('named conditions see those above them, so that there is no circle', () => {
    const text = 'one:\n  doc: the first\n  when: { condition: two }\ntwo:\n  doc: the second\n  when: { condition: one }\n';
    const result = load({ conditions: { file: 'conditions.yaml', text } });
    expect(result.ok ? [] : result.problems.map(({ line, code }) => [line, code])).toEqual([
      [3, 'condition_unknown'],
      [6, 'condition_unknown'],
    ]);
  });

  test.each([
    ['two aggregates', 'count: true', 'count: true, sum: true', 'shape_invalid'],
    ['an unknown entity', 'per: account', 'per: acount', 'entity_unknown'],
    ['a sum without a field', 'count: true', 'sum: true', 'shape_invalid'],
    ['a sum over text', 'count: true', 'sum: true, field: data.result', 'operator_mismatch'],
    ['a field the event lacks', 'count: true', 'sum: true, field: amount_usd', 'fact_not_in_event'],
    ['a window longer than the horizon', 'over: 1h', 'over: 900d', 'limit_exceeded'],
    ['a window without a unit', 'over: 1h', 'over: 60', 'shape_invalid'],
    ['the name of another fact', 'id: account.logins_1h', 'id: event.type', 'id_duplicate'],
  ])('of features: %s', (_name, from, to, code) => {
    const result = load({ features: [{ ...FEATURES, text: FEATURES.text.replace(from, to) }], rules: [] });
    expect(result.ok ? [] : result.problems.map((problem) => problem.code)).toContain(code);
  });
});

test('the published schema is the one the library’s facts give, and every shipped rule fits it', () => {
  const result = loadRuleBook(LIBRARY_DIRECTORY);
  if (!result.ok) throw new Error(result.refusal.message);
  const published: unknown = JSON.parse(readFileSync(new URL('./rule.schema.json', import.meta.url), 'utf8'));
  expect(published, 'run: node rules/write-schema.ts').toEqual(JSON.parse(JSON.stringify(ruleSchema(result.value))));
  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(published as object);
  expect(
    validate(parse(RULE.replace('account.logins_1h', 'account.failed_logins_1h').replaceAll('account.logins_1h', 'x'))),
  ).toBe(true);
  expect(validate(parse(RULE))).toBe(false);
  for (const rule of result.value.rules) {
    const { condition: _condition, version: _version, ...file } = rule;
    expect(validate(file), `${rule.id}: ${JSON.stringify(validate.errors)}`).toBe(true);
  }
});
