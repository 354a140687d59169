import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import type { ModelEntry } from './manifest-schema.ts';

// Protocol Buffers wire format and the field numbers of onnx.proto (ONNX IR version 8).
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function lengthDelimited(field: number, value: Buffer | string): Buffer {
  const body = Buffer.from(value);
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
}

const message = (...fields: readonly Buffer[]) => Buffer.concat(fields);

const FLOAT = 1;

function tensor(name: string, dims: readonly number[], values: readonly number[]): Buffer {
  const raw = Buffer.from(Float32Array.from(values).buffer);
  return message(...dims.map((dim) => number(1, dim)), number(2, FLOAT), lengthDelimited(8, name), lengthDelimited(9, raw));
}

function valueInfo(name: string, columns: number): Buffer {
  const shape = message(lengthDelimited(1, message(lengthDelimited(2, 'n'))), lengthDelimited(1, message(number(1, columns))));
  return message(
    lengthDelimited(1, name),
    lengthDelimited(2, message(lengthDelimited(1, message(number(1, FLOAT), lengthDelimited(2, shape))))),
  );
}

function node(type: string, inputs: readonly string[], output: string): Buffer {
  return message(...inputs.map((input) => lengthDelimited(1, input)), lengthDelimited(2, output), lengthDelimited(4, type));
}

/**
 * An ONNX file that is a logistic regression: `probabilities = activation(x · weights + bias)`, `weights[input][column]`.
 * One column with Sigmoid, or two with Softmax.
 */
export function logisticModel(weights: readonly (readonly number[])[], bias: readonly number[]): Buffer {
  const columns = bias.length;
  const graph = message(
    lengthDelimited(1, node('Gemm', ['x', 'w', 'b'], 'z')),
    lengthDelimited(1, node(columns === 1 ? 'Sigmoid' : 'Softmax', ['z'], 'probabilities')),
    lengthDelimited(2, 'logistic'),
    lengthDelimited(5, tensor('w', [weights.length, columns], weights.flat())),
    lengthDelimited(5, tensor('b', [columns], bias)),
    lengthDelimited(11, valueInfo('x', weights.length)),
    lengthDelimited(12, valueInfo('probabilities', columns)),
  );
  return message(number(1, 8), lengthDelimited(7, graph), lengthDelimited(8, message(lengthDelimited(1, ''), number(2, 13))));
}

export interface TestRegistry {
  readonly manifest: URL;
  remove(): Promise<void>;
}

/** A folder with a manifest and the files it names; hashes are filled in unless given. */
export async function writeRegistry(
  models: readonly { readonly entry: Omit<ModelEntry, 'sha256'> & { sha256?: string }; readonly file: Buffer | null }[],
): Promise<TestRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'bulwark-models-'));
  for (const { entry, file } of models) if (file !== null) await writeFile(join(folder, entry.file), file);
  const entries = models.map(({ entry, file }) => ({
    ...entry,
    sha256:
      entry.sha256 ??
      createHash('sha256')
        .update(file ?? '')
        .digest('hex'),
  }));
  await writeFile(join(folder, 'manifest.yaml'), stringify({ models: entries }));
  return { manifest: pathToFileURL(join(folder, 'manifest.yaml')), remove: () => rm(folder, { recursive: true }) };
}

/** A model of withdrawals over two facts: `age_hours` speaks against fraud, `is_new` for it. */
export const TOY_ENTRY = {
  name: 'toy',
  version: '1',
  status: 'champion',
  file: 'toy.onnx',
  events: ['wallet.withdrawal.requested'],
  inputs: [
    { fact: 'device.age_hours', missing: 0, typical: 100, words: 'the device is {value} hours old, usually {typical}' },
    { fact: 'payee.is_new', missing: 0, typical: 0, words: 'the payee is new' },
  ],
  output: 'probabilities',
  explain_from: 0.5,
  threshold: '0.8: hold',
} as const satisfies Omit<ModelEntry, 'sha256' | 'events' | 'inputs'> & { events: readonly string[]; inputs: readonly unknown[] };
