import { Type } from 'typebox';
import type { EventType } from '../../core/index.ts';
import { checkShape, nearestName, type Problem, readYaml, type SourceFile, type YamlSource } from '../yaml/index.ts';
import { checkCondition, type ConditionContext } from './check-condition.ts';
import { type Condition, isFactReference, leavesOf, type NamedConditions, resolveNames } from './condition.ts';
import type { FactEntry } from './fact-entry.ts';
import { makeRule, type Rule, type RuleFile, RuleFileSchema } from './rule.ts';

/** Rules in one book: twenty times the shipped ones. Each costs about 0.2 µs on events of its type (measured on 2 busy cores). */
const RULES_MAX = 1_000;
const NAMED_MAX = 200;

const NamedConditionSchema = Type.Object(
  { doc: Type.String({ minLength: 3, maxLength: 300 }), when: Type.Unknown() },
  { additionalProperties: false },
);
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

type FactLookup = Pick<ConditionContext, 'fact' | 'factNames'>;

export function factLookup(catalogue: readonly FactEntry[]): FactLookup {
  const byName = new Map(catalogue.map((entry) => [entry.name, entry]));
  return { fact: (name) => byName.get(name), factNames: [...byName.keys()] };
}

/**
 * Reads `conditions.yaml`: name → { doc, when }. A condition may use those written above it, so that there is no circle.
 */
export function loadConditions(
  file: SourceFile | null,
  catalogue: readonly FactEntry[],
): { readonly conditions: NamedConditions; readonly problems: Problem[] } {
  if (file === null) return { conditions: {}, problems: [] };
  const read = readYaml(file);
  if (!read.ok) return { conditions: {}, problems: read.problems };
  const { source } = read;
  const problems: Problem[] = [];
  const conditions: Record<string, Condition> = {};
  if (source.value === null) return { conditions, problems };
  if (typeof source.value !== 'object' || Array.isArray(source.value)) {
    return { conditions, problems: [source.problem([], 'shape_invalid', 'the file is a map from names to { doc, when }')] };
  }
  const entries = Object.entries(source.value);
  if (entries.length > NAMED_MAX) problems.push(source.problem([], 'limit_exceeded', `at most ${NAMED_MAX} named conditions`));
  for (const [name, value] of entries) {
    if (!NAME.test(name))
      problems.push(source.problem([name], 'shape_invalid', 'names are lower-case words joined by hyphens', 'key'));
    const shape = checkShape(source, NamedConditionSchema, value, [name]);
    problems.push(...shape.problems);
    if (shape.value === null) continue;
    const context = { source, on: null, conditionNames: new Set(Object.keys(conditions)), ...factLookup(catalogue) };
    if (checkCondition(shape.value.when, [name, 'when'], context, problems)) conditions[name] = shape.value.when;
  }
  return { conditions, problems };
}

/** Reads rule files, one rule each. The rules that are sound come back even where others have problems. */
export function loadRules(
  files: readonly SourceFile[],
  catalogue: readonly FactEntry[],
  named: NamedConditions,
): { readonly rules: readonly Rule[]; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const rules = new Map<string, { rule: Rule; file: string }>();
  const lookup = factLookup(catalogue);
  for (const file of files) {
    const read = readYaml(file);
    if (!read.ok) {
      problems.push(...read.problems);
      continue;
    }
    const rule = readRule(read.source, lookup, named, problems);
    if (rule === null) continue;
    const known = rules.get(rule.id);
    if (known === undefined) rules.set(rule.id, { rule, file: file.file });
    else
      problems.push(read.source.problem(['id'], 'id_duplicate', `"${rule.id}" is already the id of the rule in ${known.file}`));
    if (rules.size === RULES_MAX + 1)
      problems.push(read.source.problem([], 'limit_exceeded', `a book has at most ${RULES_MAX} rules`));
  }
  const sorted = [...rules.values()].map(({ rule }) => rule).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return { rules: sorted, problems };
}

function readRule(source: YamlSource, lookup: FactLookup, named: NamedConditions, problems: Problem[]): Rule | null {
  const before = problems.length;
  const shape = checkShape(source, RuleFileSchema, source.value);
  problems.push(...shape.problems);
  const raw = source.value as { on?: unknown; when?: unknown } | null;
  if (typeof raw !== 'object' || raw === null || raw.when === undefined) return null;
  const written = shape.value?.on;
  const on = written === undefined ? null : typeof written === 'string' ? [written] : written;
  const context = { source, on, conditionNames: new Set(Object.keys(named)), ...lookup };
  const isCondition = checkCondition(raw.when, ['when'], context, problems);
  if (shape.value === null || !isCondition) return null;
  checkRule(source, shape.value, lookup, problems);
  checkNamedFacts(source, resolveNames(raw.when as Condition, named), on ?? [], lookup, problems);
  return problems.length === before ? makeRule(shape.value, raw.when as Condition, named) : null;
}

function checkRule(source: YamlSource, file: RuleFile, lookup: FactLookup, problems: Problem[]): void {
  if ((file.status === 'canary') !== (file.canary_percent !== undefined)) {
    problems.push(source.problem(['status'], 'shape_invalid', 'canary_percent stands in canary rules, and only there'));
  }
  if (file.limits !== undefined && file.then.outcome !== 'freeze') {
    problems.push(source.problem(['limits'], 'shape_invalid', 'freezes_per_hour bounds rules whose outcome is freeze', 'key'));
  }
  for (const [index, test] of file.tests.entries()) {
    for (const name of Object.keys(test.given)) {
      if (lookup.fact(name) !== undefined) continue;
      const near = nearestName(name, lookup.factNames);
      const hint = near === null ? 'see the fact catalogue' : `did you mean "${near}"?`;
      problems.push(
        source.problem(['tests', index, 'given', name], 'fact_unknown', `no fact is named "${name}": ${hint}`, 'key'),
      );
    }
  }
}

/** Facts that come in through named conditions: those written in the rule itself were checked at their own place. */
function checkNamedFacts(
  source: YamlSource,
  condition: Condition,
  on: readonly EventType[],
  lookup: FactLookup,
  problems: Problem[],
): void {
  for (const leaf of leavesOf(condition)) {
    const names = isFactReference(leaf.value) ? [leaf.fact, leaf.value.fact] : [leaf.fact];
    for (const name of names) {
      const types = lookup.fact(name)?.on;
      const without = on.filter((type) => types !== undefined && !types.includes(type));
      if (without.length > 0) {
        const message = `${without.join(', ')} has no ${name}: the condition could never be decided there`;
        problems.push(source.problem(['when'], 'fact_not_in_event', message));
      }
    }
  }
}
