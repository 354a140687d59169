import { type Facts, HOUR_MS, type RuleResult } from '../../core/index.ts';
import { freezeCountFact, type Rule } from '../dialect/index.ts';

/** Counts the freezes of each rule with `limits.freezes_per_hour`, over `(t − 1 h, t]` of event time. One instance a stream. */
export interface FreezeBudget {
  /** Counts to add to an event's facts before the rules see them; rules that froze nobody are left out. */
  facts(timeMs: number): Facts;
  /** What the rules then said of that event, in the order of arrivals. */
  note(timeMs: number, result: RuleResult): void;
}

/**
 * A rule gone wrong must not freeze everybody: past its budget its freeze degrades to a hold, which keeps the money where it is.
 * The counts are facts, so that a verdict can still be recomputed from its feature vector.
 */
export function createFreezeBudget(rules: readonly Rule[]): FreezeBudget {
  const frozenAt = new Map<string, number[]>();
  for (const { id, limits } of rules) if (limits !== undefined) frozenAt.set(id, []);
  const limitOf = new Map(rules.map(({ id, limits }) => [id, limits?.freezes_per_hour ?? 0]));
  return {
    facts(timeMs) {
      const facts: Record<string, number> = {};
      for (const [id, times] of frozenAt) {
        const count = times.reduce((sum, time) => (time > timeMs - HOUR_MS && time <= timeMs ? sum + 1 : sum), 0);
        if (count > 0) facts[freezeCountFact(id)] = count;
      }
      return facts;
    },
    note(timeMs, { hits }) {
      for (const { reason } of hits) {
        const times = frozenAt.get(reason.rule);
        if (times === undefined || reason.outcome !== 'freeze') continue;
        times.push(timeMs);
        // Only as many as the limit can ever matter, and only a late event could ask for an hour already over.
        const surplus = times.length - 2 * (limitOf.get(reason.rule) ?? 0);
        if (surplus > 0) times.splice(0, surplus);
      }
    },
  };
}
