import type { Facts, FactValue } from '../../core/index.ts';
import type { ModelInput } from './manifest-schema.ts';

/** A fact as the number a model column takes, or null where it is not known or of another kind. */
export function numberOf(value: FactValue | undefined, { equals }: ModelInput): number | null {
  if (value === undefined || value === null) return null;
  if (equals !== undefined) return value === equals ? 1 : 0;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** The column's value for a number of the fact (null: not known), as the model was trained to see it. */
export function columnOf(value: number | null, input: ModelInput): number {
  if (value === null) return input.missing === 'nan' ? Number.NaN : input.missing;
  return input.transform === 'log1p' ? Math.log1p(Math.max(0, value)) : value;
}

/** Writes one row of the [n, k] input tensor. */
export function writeRow(tensor: Float32Array, row: number, facts: Facts, inputs: readonly ModelInput[]): void {
  for (const [column, input] of inputs.entries()) {
    tensor[row * inputs.length + column] = columnOf(numberOf(facts[input.fact], input), input);
  }
}
