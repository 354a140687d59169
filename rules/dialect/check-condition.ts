import type { EventType, FactValue } from '../../core/index.ts';
import { nearestName, type Problem, type YamlPath, type YamlSource } from '../yaml/index.ts';
import { type Condition, type FactReference, isFactReference } from './condition.ts';
import { isOperatorName, type Operator, OPERATORS } from './operators.ts';
import { parsePath } from './path.ts';

/** What a checker knows of a fact. */
export interface KnownFact {
  readonly type: 'number' | 'string' | 'boolean' | 'array' | 'object' | 'any';
  /** Event types that have it; absent: all of them. */
  readonly on?: readonly EventType[];
}

export interface ConditionContext {
  readonly source: YamlSource;
  /** Event types the condition will judge; null where that is not known yet (named conditions). */
  readonly on: readonly EventType[] | null;
  fact(name: string): KnownFact | undefined;
  readonly factNames: Iterable<string>;
  /** Names that `{ condition: name }` may use. */
  readonly conditionNames: ReadonlySet<string>;
}

/** Deepest nesting and most nodes of one condition: four and ten times the largest shipped one. */
const DEPTH_MAX = 12;
const NODES_MAX = 200;

const GROUP_KEYS = ['all', 'any', 'not', 'condition', 'fact'] as const;
const ALLOWED: Readonly<Record<(typeof GROUP_KEYS)[number], readonly string[]>> = {
  all: ['all', 'priority', 'name'],
  any: ['any', 'priority', 'name'],
  not: ['not', 'priority', 'name'],
  condition: ['condition', 'priority', 'name'],
  fact: ['fact', 'operator', 'value', 'path', 'params', 'priority', 'name'],
};

/** Checks the shape, the names and the types of a condition. Every problem is pushed; the value is a condition only if none was. */
export function checkCondition(
  value: unknown,
  path: YamlPath,
  context: ConditionContext,
  problems: Problem[],
): value is Condition {
  const before = problems.length;
  const budget = { left: NODES_MAX };
  checkNode(value, path, 0, context, problems, budget);
  return problems.length === before;
}

type Budget = { left: number };

function checkNode(
  value: unknown,
  path: YamlPath,
  depth: number,
  context: ConditionContext,
  problems: Problem[],
  budget: Budget,
): void {
  const invalid = (message: string, at: YamlPath = path): void => {
    problems.push(context.source.problem(at, 'condition_invalid', message));
  };
  budget.left -= 1;
  if (budget.left === -1) invalid(`a condition has at most ${NODES_MAX} parts: split the rule`);
  if (budget.left < 0) return;
  if (depth > DEPTH_MAX) return invalid(`conditions nest at most ${DEPTH_MAX} deep`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return invalid('a condition is { all: […] }, { any: […] }, { not: … }, { condition: name } or { fact, operator, value }');
  }
  const node = value as Readonly<Record<string, unknown>>;
  const kinds = GROUP_KEYS.filter((key) => Object.hasOwn(node, key));
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    return invalid(`a condition has exactly one of ${GROUP_KEYS.join(', ')}; this one has ${kinds.join(' and ') || 'none'}`);
  }
  for (const key of Object.keys(node)) {
    if (!ALLOWED[kind].includes(key)) invalid(`"${key}" does not belong beside "${kind}"`, [...path, key]);
  }
  if (node['priority'] !== undefined && !(Number.isInteger(node['priority']) && Number(node['priority']) >= 1)) {
    invalid('priority is a whole number from 1', [...path, 'priority']);
  }
  if (kind === 'fact') return checkLeaf(node, path, context, problems);
  if (kind === 'not') return checkNode(node['not'], [...path, 'not'], depth + 1, context, problems, budget);
  if (kind === 'condition') return checkName(node['condition'], [...path, 'condition'], context, problems);
  const children = node[kind];
  if (!Array.isArray(children) || children.length === 0)
    return invalid(`"${kind}" is a list of at least one condition`, [...path, kind]);
  for (const [index, child] of children.entries()) checkNode(child, [...path, kind, index], depth + 1, context, problems, budget);
}

function checkName(name: unknown, path: YamlPath, context: ConditionContext, problems: Problem[]): void {
  if (typeof name === 'string' && context.conditionNames.has(name)) return;
  const near = typeof name === 'string' ? nearestName(name, context.conditionNames) : null;
  const hint = near === null ? 'write it in conditions.yaml first' : `did you mean "${near}"?`;
  problems.push(context.source.problem(path, 'condition_unknown', `no condition is named "${String(name)}": ${hint}`));
}

function checkLeaf(
  node: Readonly<Record<string, unknown>>,
  path: YamlPath,
  context: ConditionContext,
  problems: Problem[],
): void {
  const push = (at: string, code: Problem['code'], message: string): void => {
    problems.push(context.source.problem([...path, at], code, message));
  };
  const left = checkReference(node, path, context, problems);
  const name = node['operator'];
  if (typeof name !== 'string' || !isOperatorName(name)) {
    const near = typeof name === 'string' ? nearestName(name, Object.keys(OPERATORS)) : null;
    const hint = near === null ? `use one of ${Object.keys(OPERATORS).join(', ')}` : `did you mean "${near}"?`;
    return push('operator', 'condition_invalid', `no operator is named "${String(name)}": ${hint}`);
  }
  const operator: Operator = OPERATORS[name];
  if (!Object.hasOwn(node, 'value')) return push('value', 'condition_invalid', `"${name}" needs a value`);
  if (left !== null && !typeFits(left.type, operator.left)) {
    push(
      'operator',
      'operator_mismatch',
      `"${name}" needs ${article(operator.left)} fact; ${String(node['fact'])} is ${article(left.type)}`,
    );
  }
  const value = node['value'];
  if (isFactReference(value)) {
    const right = checkReference(value as unknown as Readonly<Record<string, unknown>>, [...path, 'value'], context, problems);
    if (right !== null && !typeFits(right.type, operator.right)) {
      push(
        'value',
        'operator_mismatch',
        `"${name}" compares with ${article(operator.right)}; ${value.fact} is ${article(right.type)}`,
      );
    } else if (left !== null && right !== null && operator.right === 'scalar' && !sameType(left.type, right.type)) {
      push(
        'value',
        'operator_mismatch',
        `${String(node['fact'])} is ${article(left.type)}, ${value.fact} is ${article(right.type)}`,
      );
    }
    return;
  }
  checkLiteral(value as FactValue, operator, name, left?.type ?? 'any', push);
}

/** Checks the fact's name, its path and that the events have it; null where its type cannot be told. */
function checkReference(
  reference: Readonly<Record<string, unknown>>,
  path: YamlPath,
  context: ConditionContext,
  problems: Problem[],
): KnownFact | null {
  const { fact: name, path: inside } = reference as unknown as FactReference;
  const push = (at: string, code: Problem['code'], message: string): null => {
    problems.push(context.source.problem([...path, at], code, message));
    return null;
  };
  if (typeof name !== 'string') return push('fact', 'condition_invalid', 'a fact is given by its name');
  const known = context.fact(name);
  if (known === undefined) {
    const near = nearestName(name, context.factNames);
    return push(
      'fact',
      'fact_unknown',
      `no fact is named "${name}": ${near === null ? 'see the fact catalogue' : `did you mean "${near}"?`}`,
    );
  }
  const without = (context.on ?? []).filter((type) => known.on !== undefined && !known.on.includes(type));
  if (without.length > 0) {
    push('fact', 'fact_not_in_event', `${without.join(', ')} has no ${name}: the condition could never be decided there`);
  }
  if (inside === undefined) return known;
  if (typeof inside !== 'string' || parsePath(inside) === null) {
    return push('path', 'condition_invalid', `path "${inside}" is not of the form $.a.b[0]`);
  }
  if (known.type !== 'object' && known.type !== 'array' && known.type !== 'any') {
    push('path', 'operator_mismatch', `${name} is ${article(known.type)}: there is nothing inside it to point at`);
  }
  return { type: 'any' };
}

function checkLiteral(
  value: FactValue,
  operator: Operator,
  name: string,
  factType: KnownFact['type'],
  push: (at: string, code: Problem['code'], message: string) => void,
): void {
  const isList = Array.isArray(value);
  const isNumber = typeof value === 'number' && Number.isFinite(value);
  if (operator.right === 'number' && !isNumber) return push('value', 'operator_mismatch', `"${name}" compares with a number`);
  if (operator.right === 'array') {
    if (!isList || value.length === 0)
      return push('value', 'operator_mismatch', `"${name}" compares with a list of at least one value`);
    const wrong = (value as readonly FactValue[]).find((each) => !literalFits(each, factType));
    if (wrong !== undefined) push('value', 'operator_mismatch', `${JSON.stringify(wrong)} can never be a ${factType}`);
    return;
  }
  if (operator.right !== 'scalar') return;
  if (typeof value === 'object' && value !== null) return push('value', 'operator_mismatch', `"${name}" compares with one value`);
  if (operator.left === 'scalar' && !literalFits(value, factType)) {
    push('value', 'operator_mismatch', `${JSON.stringify(value)} can never be a ${factType}`);
  }
}

function literalFits(value: FactValue, type: KnownFact['type']): boolean {
  if (typeof value === 'object' && value !== null) return false;
  return type === 'any' || value === null || typeof value === type;
}

function typeFits(type: KnownFact['type'], wanted: Operator['left']): boolean {
  if (type === 'any') return true;
  return wanted === 'scalar' ? type !== 'array' && type !== 'object' : type === wanted;
}

function sameType(left: KnownFact['type'], right: KnownFact['type']): boolean {
  return left === 'any' || right === 'any' || left === right;
}

function article(kind: string): string {
  if (kind === 'any') return 'a value of any type';
  if (kind === 'scalar') return 'a single value';
  return kind === 'array' || kind === 'object' ? `an ${kind}` : `a ${kind}`;
}
