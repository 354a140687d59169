import { type FreezeBudget, HOUR_MS } from '../../core/index.ts';
import { freezeCountFact, type Rule } from '../dialect/index.ts';

/**
 * Counts the freezes of each rule with `limits.freezes_per_hour`, over `(t − 1 h, t]` of event time; rules that froze nobody are
 * left out. Past its budget a rule's freeze degrades to a hold, which keeps the money where it is.
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
    note(timeMs, frozenBy) {
      for (const rule of frozenBy) {
        const times = frozenAt.get(rule);
        if (times === undefined) continue;
        times.push(timeMs);
        // Only as many as the limit can ever matter, and only a late event could ask for an hour already over.
        const surplus = times.length - 2 * (limitOf.get(rule) ?? 0);
        if (surplus > 0) times.splice(0, surplus);
      }
    },
  };
}
