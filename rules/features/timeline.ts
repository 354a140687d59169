import { type Accumulator, type Kept, upperBound } from './window.ts';

/** One feature's place on a timeline: the entries `[low, high)` and what they boil down to. */
export interface Cursor<State extends Accumulator | null> {
  low: number;
  high: number;
  readonly state: State;
}

/** Below this many leftovers, cutting them off costs more than carrying them: 32 entries are 512 bytes. */
const LEFTOVERS_MIN = 32;

/**
 * The events of one entity, in the order of event time, ties by arrival, with one cursor a feature. Nearly all events arrive in
 * order and land at the end; a late one is put in its place and the cursors are set right.
 */
export class Timeline {
  readonly times: number[] = [];
  /** Null where the series keeps no values (counts and times). */
  readonly values: Kept[] | null;
  readonly cursors: (Cursor<Accumulator | null> | undefined)[] = [];

  constructor(keepsValues: boolean) {
    this.values = keepsValues ? [] : null;
  }

  insert(time: number, value: Kept | undefined): void {
    const { times, values } = this;
    const end = times.length;
    if (end === 0 || (times[end - 1] ?? 0) <= time) {
      times.push(time);
      if (values !== null && value !== undefined) values.push(value);
      return;
    }
    const position = upperBound(times, time);
    times.splice(position, 0, time);
    if (values !== null && value !== undefined) values.splice(position, 0, value);
    for (const cursor of this.cursors) {
      if (cursor === undefined) continue;
      if (position <= cursor.low) {
        cursor.low += 1;
        cursor.high += 1;
      } else if (position < cursor.high) {
        cursor.high += 1;
        if (value !== undefined) cursor.state?.add(value);
      }
    }
  }

  /** Moves a cursor to the entries with `after < time ≤ until`. Costs what it passes; queries in order pass each entry twice. */
  move(cursor: Cursor<Accumulator | null>, after: number, until: number): void {
    const { times, values } = this;
    const { state } = cursor;
    let { low, high } = cursor;
    while (high < times.length && (times[high] ?? Infinity) <= until) {
      if (state !== null && values !== null) state.add(values[high] as Kept);
      high += 1;
    }
    while (high > low && (times[high - 1] ?? -Infinity) > until) {
      high -= 1;
      if (state !== null && values !== null) state.remove(values[high] as Kept);
    }
    if (high === low && high > 0 && (times[high - 1] ?? -Infinity) > until) {
      high = upperBound(times, until);
      low = high;
    }
    while (low < high && (times[low] ?? Infinity) <= after) {
      if (state !== null && values !== null) state.remove(values[low] as Kept);
      low += 1;
    }
    while (low > 0 && (times[low - 1] ?? -Infinity) > after) {
      low -= 1;
      if (state !== null && values !== null) state.add(values[low] as Kept);
    }
    cursor.low = low;
    cursor.high = high;
  }

  /** Cuts off entries at or before `cutoff` once they are half of all; `lengthMax` cuts the oldest whatever their age. Answers how many of those. */
  trim(cutoff: number, lengthMax: number): number {
    const { times } = this;
    if (times.length < LEFTOVERS_MIN && times.length <= lengthMax) return 0;
    const expired = (times[times.length >>> 1] ?? Infinity) <= cutoff || times.length > lengthMax ? upperBound(times, cutoff) : 0;
    if (expired > 0) this.#cut(expired);
    if (times.length <= lengthMax) return 0;
    const surplus = times.length - Math.floor((lengthMax * 7) / 8);
    this.#cut(surplus);
    return surplus;
  }

  #cut(count: number): void {
    const { times, values } = this;
    for (const cursor of this.cursors) {
      if (cursor === undefined) continue;
      const passed = Math.min(count, cursor.high);
      for (let index = cursor.low; index < passed; index += 1) if (values !== null) cursor.state?.remove(values[index] as Kept);
      cursor.low = Math.max(0, cursor.low - count);
      cursor.high = Math.max(0, cursor.high - count);
    }
    times.splice(0, count);
    values?.splice(0, count);
  }
}
