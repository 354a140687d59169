import { readFile } from 'node:fs/promises';
import { systemClock } from '../../platform/clock/index.ts';
import type { EventType, Facts } from '../../core/index.ts';
import { loadRegistry } from '../registry/index.ts';
import { openScorer } from '../scorer/index.ts';

/** Scores are quantised to four digits: half a step is what rounding may add to a difference of the runtimes. */
const DIFFERENCE_MAX = 0.5e-4 + 1e-5;
const HOUR_MS = 3_600_000;

interface Parity {
  readonly model: string;
  readonly types: readonly EventType[];
  readonly facts: readonly Facts[];
  readonly scores: readonly number[];
}

const onProblem = (reason: string): void => void process.stderr.write(`${reason}\n`);

/** Scores every row that `train.py --parity FILE` wrote with the shipped models; gives rows and the largest difference by model. */
async function comparePython(file: string): Promise<{ model: string; rows: number; worst: number }[]> {
  const registry = await loadRegistry();
  if (!registry.ok) throw new Error(registry.refusal.message);
  const scorer = await openScorer({ registry: registry.value, timeBoundMs: HOUR_MS, clock: systemClock, onProblem });
  if (!scorer.ok) throw new Error(scorer.refusal.message);
  const compared = [];
  for (const { model, types, facts, scores } of JSON.parse(await readFile(file, 'utf8')) as Parity[]) {
    const rows = types.map((type, index) => ({ type, facts: facts[index] ?? {} }));
    const batch = await scorer.value.score(rows);
    if (!batch.ok) throw new Error(batch.reason);
    const differences = batch.scores.map((each, index) => {
      const ours = each.find((score) => score.model === model)?.score ?? Number.NaN;
      return Math.abs(ours - (scores[index] ?? Number.NaN));
    });
    // NaN of a missing score is larger than any bound.
    const worst = differences.reduce((most, each) => (each > most || Number.isNaN(each) ? each : most), 0);
    compared.push({ model, rows: rows.length, worst });
  }
  await scorer.value.close();
  return compared;
}

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: node models/training/check-parity.ts PARITY.json\n');
  process.exitCode = 2;
} else {
  for (const { model, rows, worst } of await comparePython(file)) {
    const holds = worst <= DIFFERENCE_MAX;
    process.stdout.write(`${model}: ${rows} rows, largest difference ${worst.toExponential(1)} ${holds ? '' : 'TOO MUCH'}\n`);
    if (!holds) process.exitCode = 1;
  }
}
