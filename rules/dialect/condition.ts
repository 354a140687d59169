import type { FactValue } from '../../core/index.ts';
import type { OperatorName } from './operators.ts';

/** A condition as written, after its shape was checked. `params` and `priority` are json-rules-engine's and change no result here. */
export type Condition =
  | { readonly all: readonly Condition[]; readonly priority?: number; readonly name?: string }
  | { readonly any: readonly Condition[]; readonly priority?: number; readonly name?: string }
  | { readonly not: Condition; readonly priority?: number; readonly name?: string }
  | { readonly condition: string; readonly priority?: number; readonly name?: string }
  | Leaf;

export interface FactReference {
  readonly fact: string;
  readonly path?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

export interface Leaf extends FactReference {
  readonly operator: OperatorName;
  readonly value: FactValue | FactReference;
  readonly priority?: number;
  readonly name?: string;
}

export type NamedConditions = Readonly<Record<string, Condition>>;

export function isFactReference(value: unknown): value is FactReference {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && 'fact' in value && typeof value.fact === 'string'
  );
}

/** Replaces every `{ condition: name }` by what it names. Names are checked before: unknown or circular ones are a bug here. */
export function resolveNames(condition: Condition, named: NamedConditions): Condition {
  if ('all' in condition) return { all: condition.all.map((each) => resolveNames(each, named)) };
  if ('any' in condition) return { any: condition.any.map((each) => resolveNames(each, named)) };
  if ('not' in condition) return { not: resolveNames(condition.not, named) };
  if ('condition' in condition) {
    const target = named[condition.condition];
    if (target === undefined) throw new TypeError(`condition "${condition.condition}" was not checked`);
    return resolveNames(target, named);
  }
  return {
    fact: condition.fact,
    ...(condition.path === undefined ? {} : { path: condition.path }),
    operator: condition.operator,
    value: isFactReference(condition.value)
      ? { fact: condition.value.fact, ...(condition.value.path === undefined ? {} : { path: condition.value.path }) }
      : condition.value,
  };
}

/** Every leaf of a resolved condition, in the order of writing. */
export function* leavesOf(condition: Condition): Generator<Leaf> {
  if ('all' in condition) for (const each of condition.all) yield* leavesOf(each);
  else if ('any' in condition) for (const each of condition.any) yield* leavesOf(each);
  else if ('not' in condition) yield* leavesOf(condition.not);
  else if (!('condition' in condition)) yield condition;
}

/** `fact` or `fact$.path`: how a fact is named to people. */
export function referenceName(reference: FactReference): string {
  return reference.path === undefined ? reference.fact : `${reference.fact}${reference.path.slice(1)}`;
}
