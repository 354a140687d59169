import { readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { EventType, Facts } from '../../core/index.ts';
import { ManualClock } from '../../platform/clock/index.ts';
import { openScorer } from '../scorer/index.ts';
import { loadRegistry } from './index.ts';

/** Rows with the scores that Python's onnxruntime gave, written by `models/training/train.py`. */
const vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8')) as {
  model: string;
  types: EventType[];
  facts: Facts[];
  scores: number[];
}[];

describe('the shipped models', () => {
  test('score as they did where they were trained', async () => {
    const registry = await loadRegistry();
    if (!registry.ok) throw new Error(registry.refusal.message);
    expect(registry.value.models.map(({ scoreName }) => scoreName)).toEqual(vectors.map(({ model }) => model));
    const scorer = await openScorer({
      registry: registry.value,
      timeBoundMs: 60_000,
      clock: new ManualClock(0),
      onProblem: (reason) => expect.fail(reason),
    });
    if (!scorer.ok) throw new Error(scorer.refusal.message);
    for (const { model, types, facts, scores } of vectors) {
      const batch = await scorer.value.score(types.map((type, index) => ({ type, facts: facts[index] ?? {} })));
      if (!batch.ok) throw new Error(batch.reason);
      const ours = batch.scores.map((each) => each.find((score) => score.model === model)?.score ?? -1);
      expect(Math.max(...scores) - Math.min(...scores)).toBeGreaterThan(0.5);
      // Quantised to four digits: half a step, and what two builds of the runtime may differ by.
      for (const [row, score] of ours.entries()) expect(Math.abs(score - (scores[row] ?? 9))).toBeLessThan(0.6e-4);
    }
    await scorer.value.close();
  });

  test('say where they come from, and are small', async () => {
    const registry = await loadRegistry();
    if (!registry.ok) throw new Error(registry.refusal.message);
    for (const { entry, bytes } of registry.value.models) {
      expect(bytes.length).toBeLessThan(200_000);
      expect(entry.trained_on).toContain('synthetic');
      expect(statSync(new URL(`../../${entry.card}`, import.meta.url)).isFile()).toBe(true);
    }
  });
});
