import { seededRandom } from '../../../platform/clock/index.ts';

/** Everything that is left to chance in the demo world, out of one seed. */
export interface Draw {
  /** From 0 up to, not including, 1. */
  uniform(): number;
  between(low: number, high: number): number;
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
  shuffled<Value>(values: readonly Value[]): Value[];
  /** Half of the draws are below `median`; `sigma` is the standard deviation of the logarithm. */
  logNormal(median: number, sigma: number): number;
  /** Lower-case hex of so many bytes. */
  hex(bytes: number): string;
  uuid(): string;
  /** An independent sequence: what one person draws does not depend on what others draw, nor on who comes first. */
  child(name: string): Draw;
}

const TWO_TO_53 = 2 ** 53;

export function createDraw(seed: string): Draw {
  const random = seededRandom(seed);
  function uniform(): number {
    const view = new DataView(random.bytes(8).buffer);
    return Number(view.getBigUint64(0) >> 11n) / TWO_TO_53;
  }
  const integer = (low: number, high: number): number => low + Math.floor(uniform() * (high - low + 1));
  const hex = (bytes: number): string => Buffer.from(random.bytes(bytes)).toString('hex');
  function pick<Value>(values: readonly Value[]): Value {
    const value = values[integer(0, values.length - 1)];
    if (value === undefined) throw new RangeError('there is nothing to pick from');
    return value;
  }
  return {
    uniform,
    integer,
    pick,
    hex,
    between: (low, high) => low + uniform() * (high - low),
    chance: (probability) => uniform() < probability,
    shuffled(values) {
      const keyed = values.map((value) => ({ value, key: uniform() }));
      return keyed.toSorted((left, right) => left.key - right.key).map(({ value }) => value);
    },
    logNormal(median, sigma) {
      // Box and Muller (1958); 1 - uniform() is never 0.
      const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
      return median * Math.exp(sigma * normal);
    },
    uuid() {
      const text = hex(16);
      return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-a${text.slice(17, 20)}-${text.slice(20)}`;
    },
    child: (name) => createDraw(`${seed}/${name}`),
  };
}
