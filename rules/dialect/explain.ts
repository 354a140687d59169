import type { Facts, FactValue } from '../../core/index.ts';
import { compileCondition, readerOf, type Test } from './compile.ts';
import { type Condition, type FactReference, isFactReference, type Leaf, referenceName } from './condition.ts';
import { type Operator, OPERATORS, TRUE, UNDECIDED } from './operators.ts';

/** A list longer than this is shown by its first members: a reason is read by a person. */
const LISTED_MAX = 6;
/** Reasons are kept with every verdict; the longest shipped rule has 9 leaves. */
const WORDS_MAX = 24;

export interface Explanation {
  /** The facts that made it so, by name. */
  readonly facts: Record<string, FactValue>;
  /** “device.age_hours is 0.4, less than 24” */
  readonly words: string[];
}

/** Says why a condition that is true is true: the leaves that carried the result, with what they saw. */
export type Explain = (facts: Facts) => Explanation;

/** Names the missing or mistyped facts for which a condition is undecided, sorted. */
export type NameUndecided = (facts: Facts) => string[];

interface Branch {
  readonly condition: Condition;
  readonly test: Test;
  readonly children: readonly Branch[];
}

function branchOf(condition: Condition): Branch {
  const children =
    'all' in condition ? condition.all : 'any' in condition ? condition.any : 'not' in condition ? [condition.not] : [];
  return { condition, test: compileCondition(condition), children: children.map(branchOf) };
}

export function createExplainer(condition: Condition): { explain: Explain; nameUndecided: NameUndecided } {
  const root = branchOf(condition);
  return {
    explain(facts) {
      const explanation: Explanation = { facts: {}, words: [] };
      carry(root, facts, explanation);
      return explanation;
    },
    nameUndecided(facts) {
      const names = new Set<string>();
      collectUndecided(root, facts, names);
      return [...names].toSorted();
    },
  };
}

/** Walks the children whose result equals the parent's need: all of them in `all`, the true ones in `any`, and so on through `not`. */
function carry(branch: Branch, facts: Facts, into: Explanation): void {
  const result = branch.test(facts);
  if (result === UNDECIDED) return;
  const { condition } = branch;
  if ('not' in condition) {
    for (const child of branch.children) carry(child, facts, into);
  } else if (branch.children.length > 0) {
    for (const child of branch.children) if (child.test(facts) === result) carry(child, facts, into);
  } else {
    describe(condition as Leaf, facts, result === TRUE, into);
  }
}

function describe(leaf: Leaf, facts: Facts, holds: boolean, into: Explanation): void {
  const left = readerOf(leaf)(facts);
  const operator: Operator = OPERATORS[leaf.operator];
  const relation = holds ? operator.words : operator.negatedWords;
  note(leaf, left, into);
  let right: string;
  if (isFactReference(leaf.value)) {
    const value = readerOf(leaf.value)(facts);
    note(leaf.value, value, into);
    right = `${referenceName(leaf.value)} (${show(value)})`;
  } else {
    right = show(leaf.value);
  }
  const exact = left === leaf.value && relation === 'equal to';
  const sentence = exact
    ? `${referenceName(leaf)} is ${show(left)}`
    : `${referenceName(leaf)} is ${show(left)}, ${relation} ${right}`;
  if (into.words.length < WORDS_MAX && !into.words.includes(sentence)) into.words.push(sentence);
}

function note(reference: FactReference, value: FactValue | undefined, into: Explanation): void {
  if (value !== undefined) into.facts[referenceName(reference)] = value;
}

function show(value: FactValue | undefined): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) {
    const shown = (value as readonly FactValue[]).slice(0, LISTED_MAX).map(show);
    return `[${shown.join(', ')}${value.length > LISTED_MAX ? ', …' : ''}]`;
  }
  return value === null ? 'nothing' : value === undefined ? 'not known' : JSON.stringify(value);
}

function collectUndecided(branch: Branch, facts: Facts, names: Set<string>): void {
  if (branch.test(facts) !== UNDECIDED) return;
  for (const child of branch.children) collectUndecided(child, facts, names);
  if (branch.children.length > 0) return;
  const leaf = branch.condition as Leaf;
  const operator: Operator = OPERATORS[leaf.operator];
  const left = readerOf(leaf)(facts);
  const right = isFactReference(leaf.value) ? readerOf(leaf.value)(facts) : leaf.value;
  const leftFits = fits(left, operator.left);
  const rightFits = fits(right, operator.right);
  if (!leftFits || rightFits) names.add(referenceName(leaf));
  if (isFactReference(leaf.value) && (!rightFits || leftFits)) names.add(referenceName(leaf.value));
}

function fits(value: FactValue | undefined, kind: Operator['left']): boolean {
  if (kind === 'array') return Array.isArray(value);
  if (typeof value === 'number') return Number.isFinite(value);
  return kind === 'scalar' && (value === null || typeof value === 'string' || typeof value === 'boolean');
}
