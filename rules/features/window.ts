import type { FactValue } from '../../core/index.ts';

/** What is kept of a value: scaled whole numbers for arithmetic, scalars for distinct, first and last. */
export type Kept = number | string | boolean;

/** Boils a window down; whatever was added can be taken out again, so that a window moves both ways. */
export interface Accumulator {
  add(value: Kept): void;
  remove(value: Kept): void;
}

const HALF = 2 ** 26;

/**
 * An exact sum of safe integers in two halves: value = high · 2^26 + low, 0 ≤ low < 2^26. Up to 2^26 values of up to 2^53
 * keep both halves safe, so the sum does not depend on the order of adding; it is rounded once, when read.
 */
export class ExactSum implements Accumulator {
  #high = 0;
  #low = 0;

  add(value: Kept): void {
    const high = Math.floor((value as number) / HALF);
    this.#high += high;
    this.#low += (value as number) - high * HALF;
  }

  remove(value: Kept): void {
    const high = Math.floor((value as number) / HALF);
    this.#high -= high;
    this.#low -= (value as number) - high * HALF;
  }

  total(): number {
    return this.#high * HALF + this.#low;
  }
}

/** How often each value is in the window. */
export class DistinctCount implements Accumulator {
  readonly #counts = new Map<Kept, number>();

  get size(): number {
    return this.#counts.size;
  }

  has(value: Kept): boolean {
    return this.#counts.has(value);
  }

  add(value: Kept): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  remove(value: Kept): void {
    const count = this.#counts.get(value) ?? 0;
    if (count <= 1) this.#counts.delete(value);
    else this.#counts.set(value, count - 1);
  }
}

/** The window's numbers in order, for extremes and percentiles. A window holds at most a few thousand, so moving them is a copy of some KiB. */
export class SortedValues implements Accumulator {
  readonly values: number[] = [];

  add(value: Kept): void {
    this.values.splice(upperBound(this.values, value as number), 0, value as number);
  }

  remove(value: Kept): void {
    this.values.splice(upperBound(this.values, value as number) - 1, 1);
  }
}

/** First index whose number is greater than `value`, in an ascending list. */
export function upperBound(list: readonly number[], value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A value as it is kept: numbers in multiples of 1/scale, cut to the safe range; undefined for what cannot be counted. */
export function keep(value: FactValue | undefined, numeric: boolean, scale: number): Kept | undefined {
  if (numeric) {
    if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
    return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.round(value * scale) + 0));
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' || typeof value === 'boolean' ? value : undefined;
}
