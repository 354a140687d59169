import type { FactValue } from '../../core/index.ts';
import type { WindowFeature } from './definition.ts';
import type { Cursor, Timeline } from './timeline.ts';
import { type Accumulator, DistinctCount, ExactSum, type Kept, SortedValues } from './window.ts';

/** The judged event as its own window sees it: undefined where it does not count. */
export interface Self {
  readonly value: Kept | undefined;
}

/** Reads one feature off its cursor; undefined where there is nothing to read. */
export type ReadWindow = (
  timeline: Timeline,
  cursor: Cursor<Accumulator | null>,
  timeMs: number,
  self: Self | undefined,
) => FactValue | undefined;

export function newState({ aggregate }: WindowFeature): Accumulator | null {
  switch (aggregate) {
    case 'sum':
    case 'avg':
      return new ExactSum();
    case 'distinct':
      return new DistinctCount();
    case 'min':
    case 'max':
    case 'p50':
    case 'p90':
    case 'p95':
    case 'p99':
      return new SortedValues();
    case 'count':
    case 'last':
    case 'first':
    case 'time_since':
      return null;
  }
}

export function readerFor(feature: WindowFeature): ReadWindow {
  const { scale } = feature;
  switch (feature.aggregate) {
    case 'count':
      return (_timeline, { low, high }, _time, self) => high - low + (self === undefined ? 0 : 1);
    case 'sum':
      return (_timeline, { state }, _time, self) => withSelf(state as ExactSum, self, (sum) => sum.total() / scale);
    case 'avg':
      return (_timeline, { low, high, state }, _time, self) => {
        const count = high - low + (self === undefined ? 0 : 1);
        return count === 0 ? undefined : withSelf(state as ExactSum, self, (sum) => sum.total() / (scale * count));
      };
    case 'distinct':
      return (_timeline, { state }, _time, self) => {
        const { size } = state as DistinctCount;
        return self?.value === undefined || (state as DistinctCount).has(self.value) ? size : size + 1;
      };
    case 'min':
      return ranked(scale, () => 1);
    case 'max':
      return ranked(scale, (count) => count);
    case 'p50':
    case 'p90':
    case 'p95':
    case 'p99': {
      const percent = Number(feature.aggregate.slice(1));
      return ranked(scale, (count) => Math.ceil((percent * count) / 100));
    }
    case 'first':
      return ({ values }, { low, high }, _time, self) => (low < high ? values?.[low] : self?.value);
    case 'last':
      return ({ values }, { low, high }, _time, self) => self?.value ?? (low < high ? values?.[high - 1] : undefined);
    case 'time_since':
      return timeSince(feature);
  }
}

function withSelf<State extends Accumulator>(
  state: State,
  self: Self | undefined,
  read: (state: State) => number | undefined,
): number | undefined {
  if (self?.value === undefined) return read(state);
  state.add(self.value);
  const answer = read(state);
  state.remove(self.value);
  return answer;
}

/** The number at a rank, counted from 1. */
function ranked(scale: number, rank: (count: number) => number): ReadWindow {
  return (_timeline, { state }, _time, self) =>
    withSelf(state as SortedValues, self, ({ values }) => {
      const value = values[rank(values.length) - 1];
      return value === undefined ? undefined : value / scale;
    });
}

/** Hundredths of a unit, rounded down, so that “less than 24 hours” is never true a moment late. */
function timeSince({ edge, unitMs }: WindowFeature): ReadWindow {
  return ({ times }, { low, high }, timeMs, self) => {
    if (low === high) return self === undefined ? undefined : 0;
    if (edge === 'last' && self !== undefined) return 0;
    const at = times[edge === 'first' ? low : high - 1] ?? timeMs;
    return Math.floor(((timeMs - at) * 100) / unitMs) / 100;
  };
}
