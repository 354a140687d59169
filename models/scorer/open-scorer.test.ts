import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { EventType, Facts } from '../../core/index.ts';
import { ManualClock } from '../../platform/clock/index.ts';
import { loadRegistry, type ModelEntry } from '../registry/index.ts';
import { logisticModel, type TestRegistry, TOY_ENTRY, writeRegistry } from '../registry/testing.ts';
import { type OpenScorer, openScorer, type ScorerOptions } from './open-scorer.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of cleanUp.splice(0).toReversed()) await each();
});

type Change = Partial<Omit<ModelEntry, 'sha256'>> & { sha256?: string };
const WEIGHTS = [[-0.05], [3]];
const entryWith = (change: Change) =>
  structuredClone({ ...TOY_ENTRY, ...change }) as Omit<ModelEntry, 'sha256'> & { sha256?: string };

async function registryOf(models: readonly { change?: Change; file: Buffer | null }[]): Promise<TestRegistry> {
  const registry = await writeRegistry(models.map(({ change = {}, file }) => ({ entry: entryWith(change), file })));
  cleanUp.push(() => registry.remove());
  return registry;
}

async function open(models: readonly { change?: Change; file: Buffer }[], options: Partial<ScorerOptions> = {}) {
  const registry = await loadRegistry((await registryOf(models)).manifest);
  if (!registry.ok) throw new Error(registry.refusal.message);
  const problems: string[] = [];
  const onProblem = (reason: string) => problems.push(reason);
  const opened = await openScorer({
    registry: registry.value,
    timeBoundMs: 1_000,
    clock: new ManualClock(0),
    onProblem,
    ...options,
  });
  if (opened.ok) cleanUp.push(() => opened.value.close());
  return { opened, problems };
}

async function scorerOf(models: readonly { change?: Change; file: Buffer }[], options: Partial<ScorerOptions> = {}) {
  const { opened, problems } = await open(models, options);
  if (!opened.ok) throw new Error(opened.refusal.message);
  return { scorer: opened.value, problems };
}

const withdrawal = (facts: Facts) => ({ type: 'wallet.withdrawal.requested' as EventType, facts });
const expected = (age: number, isNew: number) => Math.round(10_000 / (1 + Math.exp(0.05 * age - 3 * isNew))) / 10_000;

async function scoresOf(scorer: OpenScorer, rows: readonly { type: EventType; facts: Facts }[]) {
  const batch = await scorer.score(rows);
  if (!batch.ok) throw new Error(batch.reason);
  return batch.scores;
}

describe('scores', () => {
  test('are those of the formula, to four digits, for the events the model is for', async () => {
    const { scorer } = await scorerOf([{ file: logisticModel(WEIGHTS, [0]) }]);
    const scores = await scoresOf(scorer, [
      withdrawal({ 'device.age_hours': 40, 'payee.is_new': true }),
      { type: 'wallet.login.attempted', facts: {} },
      withdrawal({}),
    ]);
    expect(scores.map((each) => each.map(({ model, score }) => [model, score]))).toEqual([
      [['toy', expected(40, 1)]],
      [],
      [['toy', 0.5]],
    ]);
  });

  test('of a two-column output are its second column', async () => {
    const { scorer } = await scorerOf([
      {
        file: logisticModel(
          [
            [0, -0.05],
            [0, 3],
          ],
          [0, 0],
        ),
      },
    ]);
    const [scores] = await scoresOf(scorer, [withdrawal({ 'device.age_hours': 40, 'payee.is_new': true })]);
    expect(scores?.[0]?.score).toBe(expected(40, 1));
  });

  test('do not depend on the rows beside them', async () => {
    const { scorer } = await scorerOf([{ file: logisticModel(WEIGHTS, [0.123]) }]);
    const row = fc.record({ 'device.age_hours': fc.double({ min: 0, max: 200, noNaN: true }), 'payee.is_new': fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 150 }), async (facts) => {
        const rows = facts.map(withdrawal);
        const alone = [];
        for (const each of rows) alone.push(...(await scoresOf(scorer, [each])));
        expect(await scoresOf(scorer, rows)).toEqual(alone);
      }),
      { numRuns: 20 },
    );
  });

  test('of a challenger go by another name', async () => {
    const { scorer } = await scorerOf([
      { file: logisticModel(WEIGHTS, [0]) },
      { change: { status: 'challenger', file: 'next.onnx', version: '2' }, file: logisticModel(WEIGHTS, [1]) },
    ]);
    const [scores] = await scoresOf(scorer, [withdrawal({})]);
    expect(scores?.map(({ model, version }) => [model, version])).toEqual([
      ['toy', '1'],
      ['toy.challenger', '2'],
    ]);
  });

  test('that are no numbers are left out and told', async () => {
    const inputs = structuredClone(TOY_ENTRY.inputs.map((input) => ({ ...input, missing: 'nan' as const })));
    const { scorer, problems } = await scorerOf([{ change: { inputs }, file: logisticModel(WEIGHTS, [0]) }]);
    expect(await scoresOf(scorer, [withdrawal({})])).toEqual([[]]);
    expect(problems).toEqual(['toy_not_a_number']);
  });

  test('without any model are empty', async () => {
    const { scorer } = await scorerOf([]);
    expect(scorer.revision).toBe('none');
    expect(await scoresOf(scorer, [withdrawal({})])).toEqual([[]]);
  });
});

describe('reasons', () => {
  test('name what raised the score, strongest first, in words', async () => {
    const { scorer } = await scorerOf([{ file: logisticModel(WEIGHTS, [0]) }]);
    const [high, low] = await scoresOf(scorer, [
      withdrawal({ 'device.age_hours': 2.34567, 'payee.is_new': true }),
      withdrawal({ 'device.age_hours': 100, 'payee.is_new': true }),
    ]);
    expect(high?.[0]?.reasons).toEqual(['the device is 2.346 hours old, usually 100', 'the payee is new']);
    expect(low?.[0]?.reasons).toEqual([]);
  });
});

describe('a scorer in trouble', () => {
  test('gives up at its time bound, then rests, then tries again', async () => {
    let now = 0;
    let step = 100;
    const clock = { now: () => (now += step) };
    const { scorer, problems } = await scorerOf([{ file: logisticModel(WEIGHTS, [0]) }], { clock, timeBoundMs: 50 });
    const rows = [withdrawal({})];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(await scorer.score(rows)).toEqual({ ok: false, reason: 'time_bound_exceeded' });
    }
    expect(await scorer.score(rows)).toEqual({ ok: false, reason: 'circuit_open' });
    expect(problems).toHaveLength(3);
    now += 10_000;
    step = 0;
    expect(await scorer.score(rows)).toMatchObject({ ok: true });
  });

  test('is refused at start when a model does not fit its manifest', async () => {
    const { opened } = await open([
      { change: { output: 'label' }, file: logisticModel(WEIGHTS, [0]) },
      { change: { name: 'wide', file: 'wide.onnx' }, file: logisticModel([...WEIGHTS, [1]], [0]) },
      { change: { name: 'junk', file: 'junk.onnx' }, file: Buffer.from('no model') },
    ]);
    if (opened.ok) throw new Error('expected a refusal');
    const lines = opened.refusal.message.split('\n');
    expect(lines.some((line) => line.includes('model toy (toy.onnx): it has no output label, only probabilities'))).toBe(true);
    expect(lines.some((line) => line.includes('model wide (wide.onnx): it does not run on 2 inputs'))).toBe(true);
    expect(lines.some((line) => line.includes('model junk (junk.onnx): onnxruntime cannot load it'))).toBe(true);
  });
});

describe('the registry', () => {
  test('names every damaged or missing file', async () => {
    const { manifest } = await registryOf([
      { change: { sha256: '0'.repeat(64) }, file: logisticModel(WEIGHTS, [0]) },
      { change: { name: 'gone', file: 'gone.onnx' }, file: null },
      { change: { name: 'odd', file: 'odd.onnx', events: ['wallet.nothing'] }, file: Buffer.from('x') },
    ]);
    const registry = await loadRegistry(manifest);
    if (registry.ok) throw new Error('expected a refusal');
    expect(registry.refusal.message).toContain('toy.onnx has SHA-256');
    expect(registry.refusal.message).toContain('gone.onnx cannot be read (ENOENT)');
    expect(registry.refusal.message).toContain('odd scores wallet.nothing, which is no event type');
  });

  test('refuses a file outside of its folder', async () => {
    const { manifest } = await registryOf([{ change: { file: 'toy.onnx' }, file: logisticModel(WEIGHTS, [0]) }]);
    expect((await loadRegistry(manifest)).ok).toBe(true);
    const outside = await writeRegistry([{ entry: entryWith({ file: '../toy.onnx' }), file: null }]);
    cleanUp.push(() => outside.remove());
    expect(await loadRegistry(outside.manifest)).toMatchObject({
      ok: false,
      refusal: { message: expect.stringContaining('/models/0/file') },
    });
  });

  test('as shipped is whole', async () => {
    expect(await loadRegistry()).toMatchObject({ ok: true });
  });
});
