import type { FactValue } from '../../core/index.ts';

/**
 * Kleene's strong three-valued logic: a comparison with a missing or mistyped side is neither true nor false.
 * Small integers, so that results fit a byte of memo.
 */
export const FALSE = 0;
export const TRUE = 1;
export const UNDECIDED = 2;
export type Truth = typeof FALSE | typeof TRUE | typeof UNDECIDED;

export type Comparison = (left: FactValue | undefined, right: FactValue | undefined) => Truth;

/** What an operator asks of its two sides; `scalar` is a string, a finite number, a boolean or null. */
export interface Operator {
  readonly compare: Comparison;
  readonly left: 'number' | 'scalar' | 'array';
  readonly right: 'number' | 'scalar' | 'array';
  /** Between the two sides in a reason: “device.age_hours is 0.4, *less than* 24”. */
  readonly words: string;
  /** The same where the comparison was false and that is what counted. */
  readonly negatedWords: string;
}

type Scalar = null | boolean | number | string;

function isScalar(value: FactValue | undefined): value is Scalar {
  if (typeof value === 'number') return Number.isFinite(value);
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}

/** null compares with everything: “known to be nothing” is known. */
function comparable(left: Scalar, right: Scalar): boolean {
  return left === null || right === null || typeof left === typeof right;
}

function truth(value: boolean): Truth {
  return value ? TRUE : FALSE;
}

function numbers(test: (left: number, right: number) => boolean): Comparison {
  return (left, right) =>
    typeof left === 'number' && typeof right === 'number' && Number.isFinite(left) && Number.isFinite(right)
      ? truth(test(left, right))
      : UNDECIDED;
}

function equality(expected: boolean): Comparison {
  return (left, right) =>
    isScalar(left) && isScalar(right) && comparable(left, right) ? truth((left === right) === expected) : UNDECIDED;
}

function membership(element: FactValue | undefined, list: FactValue | undefined, expected: boolean): Truth {
  if (!isScalar(element) || !Array.isArray(list)) return UNDECIDED;
  let anyComparable = list.length === 0;
  for (const each of list as readonly FactValue[]) {
    if (!isScalar(each)) return UNDECIDED;
    if (each === element) return truth(expected);
    anyComparable ||= comparable(element, each);
  }
  return anyComparable ? truth(!expected) : UNDECIDED;
}

/** The ten operators of json-rules-engine 7, by its names. */
export const OPERATORS = {
  equal: { compare: equality(true), left: 'scalar', right: 'scalar', words: 'equal to', negatedWords: 'not equal to' },
  notEqual: { compare: equality(false), left: 'scalar', right: 'scalar', words: 'not equal to', negatedWords: 'equal to' },
  lessThan: {
    compare: numbers((a, b) => a < b),
    left: 'number',
    right: 'number',
    words: 'less than',
    negatedWords: 'not less than',
  },
  lessThanInclusive: {
    compare: numbers((a, b) => a <= b),
    left: 'number',
    right: 'number',
    words: 'at most',
    negatedWords: 'more than',
  },
  greaterThan: {
    compare: numbers((a, b) => a > b),
    left: 'number',
    right: 'number',
    words: 'greater than',
    negatedWords: 'not greater than',
  },
  greaterThanInclusive: {
    compare: numbers((a, b) => a >= b),
    left: 'number',
    right: 'number',
    words: 'at least',
    negatedWords: 'less than',
  },
  in: {
    compare: (left, right) => membership(left, right, true),
    left: 'scalar',
    right: 'array',
    words: 'one of',
    negatedWords: 'none of',
  },
  notIn: {
    compare: (left, right) => membership(left, right, false),
    left: 'scalar',
    right: 'array',
    words: 'none of',
    negatedWords: 'one of',
  },
  contains: {
    compare: (left, right) => membership(right, left, true),
    left: 'array',
    right: 'scalar',
    words: 'containing',
    negatedWords: 'not containing',
  },
  doesNotContain: {
    compare: (left, right) => membership(right, left, false),
    left: 'array',
    right: 'scalar',
    words: 'not containing',
    negatedWords: 'containing',
  },
} as const satisfies Record<string, Operator>;

export type OperatorName = keyof typeof OPERATORS;

export function isOperatorName(name: string): name is OperatorName {
  return Object.hasOwn(OPERATORS, name);
}
