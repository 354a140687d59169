import { InferenceSession, Tensor } from 'onnxruntime-node';
import { refuse, type Result, succeed } from '../../core/index.ts';
import type { RegisteredModel } from '../registry/index.ts';

/** One ONNX model, loaded. */
export interface ModelSession {
  readonly model: RegisteredModel;
  /** Probabilities of `rows` rows out of a float32 tensor [rows, inputs]. Throws what the runtime throws. */
  run(tensor: Float32Array, rows: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Column 1 of [n, 2], or the only column. Null for any other shape. */
function probabilities(output: unknown, rows: number): Float32Array | null {
  if (!(output instanceof Tensor) || !(output.data instanceof Float32Array)) return null;
  const { data, dims } = output;
  if (dims[0] !== rows || dims.length > 2) return null;
  const columns = dims[1] ?? 1;
  if (columns === 1) return data;
  return columns === 2 ? Float32Array.from({ length: rows }, (_, row) => data[row * 2 + 1] ?? Number.NaN) : null;
}

async function create(model: RegisteredModel): Promise<InferenceSession> {
  return InferenceSession.create(model.bytes, {
    executionProviders: ['cpu'],
    // With one thread a row's score does not depend on the rows beside it; with two, 86 % of rows changed bits in batches of 51 and more.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // 3 is error: what it has to say is thrown as well.
    logSeverityLevel: 3,
  });
}

/** Loads a model and scores one row with it, so that a model that cannot run is found at start. */
export async function openSession(model: RegisteredModel): Promise<Result<ModelSession, 'model_unusable'>> {
  const { name, output, inputs } = model.entry;
  const unusable = (why: string) => refuse('model_unusable', `model ${name} (${model.entry.file}): ${why}`);
  let session: InferenceSession;
  try {
    session = await create(model);
  } catch (error) {
    return unusable(`onnxruntime cannot load it: ${error instanceof Error ? error.message : 'unknown error'}`);
  }
  const [inputName] = session.inputNames;
  if (inputName === undefined || session.inputNames.length !== 1) return unusable('it must have exactly one input tensor');
  const metadata = session.outputMetadata.find((each) => each.name === output);
  if (metadata === undefined) return unusable(`it has no output ${output}, only ${session.outputNames.join(', ')}`);
  if (!metadata.isTensor) return unusable(`output ${output} is no tensor: export it without ZipMap`);

  async function run(tensor: Float32Array, rows: number): Promise<Float32Array> {
    const feeds = { [inputName ?? '']: new Tensor('float32', tensor, [rows, inputs.length]) };
    const result = await session.run(feeds, [output]);
    const scores = probabilities(result[output], rows);
    if (scores === null) throw new TypeError(`output ${output} must be float32 of shape [n, 2], [n, 1] or [n]`);
    return scores;
  }

  try {
    await run(new Float32Array(2 * inputs.length), 2);
  } catch (error) {
    return unusable(`it does not run on ${inputs.length} inputs: ${error instanceof Error ? error.message : 'unknown error'}`);
  }
  return succeed({ model, run, close: () => session.release() });
}
