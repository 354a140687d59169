import type { Facts } from '../../core/index.ts';
import { columnOf, type ModelInput, numberOf, writeRow } from '../registry/index.ts';

/** Reasons given for one score: more than three nobody reads. */
const REASONS_MAX = 3;
/** A column that moves the score by less than this is no reason. */
const DROP_MIN = 0.01;

/** A tensor whose row `c` is the event with column `c` set to its usual value. */
export function perturbedRows(facts: Facts, inputs: readonly ModelInput[]): Float32Array {
  const tensor = new Float32Array(inputs.length * inputs.length);
  for (const [row, input] of inputs.entries()) {
    writeRow(tensor, row, facts, inputs);
    tensor[row * inputs.length + row] = columnOf(input.typical, input);
  }
  return tensor;
}

function show(value: number | null): string {
  return value === null ? 'not known' : String(Number(value.toPrecision(4)));
}

function inWords(facts: Facts, input: ModelInput): string {
  const value = show(numberOf(facts[input.fact], input));
  return input.words.replaceAll('{value}', value).replaceAll('{typical}', show(input.typical));
}

/**
 * Reason codes of one score, in words: the columns whose replacement by their usual value lowers the score most (one-at-a-time
 * perturbation), strongest first, ties in the order of the manifest. `without[c]` is the score with column `c` replaced.
 */
export function reasonsOf(facts: Facts, inputs: readonly ModelInput[], score: number, without: Float32Array): string[] {
  return inputs
    .map((input, column) => ({ input, column, drop: score - (without[column] ?? score) }))
    .filter(({ drop }) => drop >= DROP_MIN)
    .toSorted((left, right) => right.drop - left.drop || left.column - right.column)
    .slice(0, REASONS_MAX)
    .map(({ input }) => inWords(facts, input));
}
