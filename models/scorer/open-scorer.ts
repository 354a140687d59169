import {
  type Clock,
  type EventType,
  type Facts,
  type ModelScore,
  refuse,
  type Result,
  type ScoreBatch,
  type Scorer,
  succeed,
} from '../../core/index.ts';
import { perturbedRows, reasonsOf } from '../explain/index.ts';
import { type Registry, writeRow } from '../registry/index.ts';
import { createCircuit } from './circuit.ts';
import { type ModelSession, openSession } from './session.ts';

export interface ScorerOptions {
  readonly registry: Registry;
  /** Milliseconds one call may take before rules decide alone. */
  readonly timeBoundMs: number;
  readonly clock: Clock;
  /** Told of each failed call, for logs and metrics. */
  onProblem(reason: string, error?: unknown): void;
}

/** The scorer, and the release of its native memory. */
export interface OpenScorer extends Scorer {
  close(): Promise<void>;
}

/** Rows of one run. The runtime computes on the calling thread: 64 rows of a 200-tree ensemble keep it for about 0.5 ms. */
const ROWS_PER_RUN = 64;
/** Scores have four digits, so that they are the same on every machine. */
const QUANTUM = 10_000;

type Row = Readonly<{ type: EventType; facts: Facts }>;

class TimeBoundExceeded extends Error {
  override readonly name = 'TimeBoundExceeded';
}

function quantise(score: number): number {
  return Math.round(Math.min(1, Math.max(0, score)) * QUANTUM) / QUANTUM;
}

/** Scores of `rows` in order, a run of rows at a time, with a look at the clock between runs. */
async function scoreRows(session: ModelSession, rows: readonly Row[], deadlineMs: number, clock: Clock): Promise<number[]> {
  const { inputs } = session.model.entry;
  const scores: number[] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_RUN) {
    if (clock.now() > deadlineMs) throw new TimeBoundExceeded('the models are too slow');
    const chunk = rows.slice(from, from + ROWS_PER_RUN);
    const tensor = new Float32Array(chunk.length * inputs.length);
    for (const [index, { facts }] of chunk.entries()) writeRow(tensor, index, facts, inputs);
    scores.push(...(await session.run(tensor, chunk.length)));
  }
  return scores;
}

interface Draft {
  readonly session: ModelSession;
  readonly row: number;
  readonly score: number;
}

/** Reasons in words, or none where the score is below the floor or the time is used up: a score without words still counts. */
async function explain(
  { session, row, score }: Draft,
  rows: readonly Row[],
  deadlineMs: number,
  clock: Clock,
): Promise<string[]> {
  const { inputs, explain_from } = session.model.entry;
  const facts = rows[row]?.facts;
  if (facts === undefined || score < explain_from || clock.now() > deadlineMs) return [];
  return reasonsOf(facts, inputs, score, await session.run(perturbedRows(facts, inputs), inputs.length));
}

function createScorer(sessions: readonly ModelSession[], options: ScorerOptions): OpenScorer {
  const { clock, registry } = options;
  const circuit = createCircuit(clock);

  async function draft(rows: readonly Row[], deadlineMs: number): Promise<Draft[]> {
    const drafts: Draft[] = [];
    for (const session of sessions) {
      const wanted = [...rows.keys()].filter((row) => session.model.entry.events.includes(rows[row]?.type ?? ''));
      const picked = wanted.flatMap((row) => rows[row] ?? []);
      const scores = await scoreRows(session, picked, deadlineMs, clock);
      for (const [index, row] of wanted.entries()) drafts.push({ session, row, score: scores[index] ?? Number.NaN });
    }
    return drafts;
  }

  async function scoreAll(rows: readonly Row[]): Promise<ModelScore[][]> {
    const deadlineMs = clock.now() + options.timeBoundMs;
    const answer: ModelScore[][] = rows.map(() => []);
    for (const each of await draft(rows, deadlineMs)) {
      const { scoreName, entry } = each.session.model;
      if (Number.isNaN(each.score)) options.onProblem(`${scoreName}_not_a_number`);
      else {
        const reasons = await explain(each, rows, deadlineMs, clock);
        answer[each.row]?.push({ model: scoreName, version: entry.version, score: quantise(each.score), reasons });
      }
    }
    return answer;
  }

  function refuseBatch(reason: string, error: unknown): ScoreBatch {
    circuit.failed();
    options.onProblem(reason, error);
    return { ok: false, reason };
  }

  return {
    revision: registry.revision,
    async score(rows) {
      if (sessions.length === 0) return { ok: true, scores: rows.map(() => []) };
      if (circuit.isOpen) return { ok: false, reason: 'circuit_open' };
      try {
        const scores = await scoreAll(rows);
        circuit.succeeded();
        return { ok: true, scores };
      } catch (error) {
        return refuseBatch(error instanceof TimeBoundExceeded ? 'time_bound_exceeded' : 'model_failed', error);
      }
    },
    async close() {
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}

/**
 * Loads the models of a registry into onnxruntime (CPU, one thread) and proves each with one row. Refuses with every model that
 * cannot be used; the caller decides between not starting and `rulesOnlyScorer`.
 */
export async function openScorer(options: ScorerOptions): Promise<Result<OpenScorer, 'models_unusable'>> {
  const opened = await Promise.all(options.registry.models.map(openSession));
  const sessions = opened.flatMap((each) => (each.ok ? [each.value] : []));
  const problems = opened.flatMap((each) => (each.ok ? [] : [each.refusal.message]));
  if (problems.length === 0) return succeed(createScorer(sessions, options));
  await Promise.all(sessions.map((session) => session.close()));
  return refuse('models_unusable', problems.join('\n'));
}

/** Stands in for models that could not be loaded: every verdict says `degraded: rules_only`. */
export function rulesOnlyScorer(reason: string): OpenScorer {
  return {
    revision: 'unavailable',
    score: () => Promise.resolve({ ok: false, reason }),
    close: () => Promise.resolve(),
  };
}
