import { appendFile } from 'node:fs/promises';
import type { AttackTrace } from '../attacks/attack.ts';
import { belongsTo, type JudgedEvent } from './measure-attacks.ts';

/** One line of a recording: what was known when the event was judged, and what it truly was. */
export interface RecordedEvent {
  readonly seed: number;
  readonly event_id: string;
  readonly type: string;
  readonly time: string;
  readonly subject: string;
  readonly outcome: string;
  /** The kind of attack, or `good`. */
  readonly label: string;
  readonly attack_id: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Model scores are left out of the facts: a model must not learn from its predecessor. */
function withoutScores(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => !name.startsWith('model.')));
}

/** Appends every judged event with its label, as NDJSON. */
export async function recordEvents(
  file: string,
  seed: number,
  judged: readonly JudgedEvent[],
  traces: readonly AttackTrace[],
): Promise<void> {
  const lines = judged.map((each) => {
    const attack = traces.find((trace) => belongsTo(trace, each));
    const { event_id, event_type: type, event_time: time, subject, outcome, facts } = each.verdict;
    const label = attack?.kind ?? 'good';
    const line: RecordedEvent = {
      seed,
      event_id,
      type,
      time,
      subject,
      outcome,
      label,
      attack_id: attack?.id ?? null,
      facts: withoutScores(facts),
    };
    return JSON.stringify(line);
  });
  await appendFile(file, `${lines.join('\n')}\n`);
}
