import {
  ACTIONS,
  type Decision,
  hashJson,
  type Level,
  LEVELS,
  type Outcome,
  OUTCOMES,
  type Policy,
  stricter,
} from '../../core/index.ts';
import type { EventPolicy, PolicyDefinition } from './schema.ts';

/** A verdict's score, whatever fired. */
const SCORE_MAX = 1000;

/** The least level an outcome is shown at, where no rule says more. */
const LEVEL_OF_OUTCOME: Readonly<Record<Outcome, Level>> = {
  allow: 'info',
  challenge: 'low',
  hold: 'medium',
  deny: 'medium',
  freeze: 'high',
};

/**
 * From hits to one outcome: the strictest of what the rules say, what the score (the sum of theirs, at most 1000) reaches, and
 * what “undecided” and “rules only” mean for the event type. Models speak through rules (`model.*` facts), not here.
 */
export function createPolicy(definition: PolicyDefinition): Policy {
  const resolved = new Map<string, Required<EventPolicy>>();
  for (const [type, section] of Object.entries(definition.events)) resolved.set(type, { ...definition.default, ...section });

  return {
    revision: hashJson(definition).slice(0, 16),
    decide({ type, result, degraded }): Decision {
      const { thresholds, undecided, rules_only: rulesOnly } = resolved.get(type) ?? definition.default;
      let outcome: Outcome = 'allow';
      let total = 0;
      let level = 0;
      const actions = new Set<string>();
      for (const hit of result.hits) {
        outcome = stricter(outcome, hit.reason.outcome);
        total += hit.reason.score;
        level = Math.max(level, LEVELS.indexOf(hit.reason.level));
        for (const action of hit.actions) actions.add(action);
      }
      const score = Math.min(SCORE_MAX, total);
      for (const reached of OUTCOMES) {
        const threshold = (thresholds as Partial<Record<Outcome, number>>)[reached];
        if (threshold !== undefined && score >= threshold) outcome = stricter(outcome, reached);
      }
      const open = whatIsOpen(result.undecided);
      if (open === 'facts') outcome = stricter(outcome, undecided);
      if (degraded || open === 'models') outcome = stricter(outcome, rulesOnly);
      for (const action of definition.actions[outcome]) actions.add(action);
      level = Math.max(level, LEVELS.indexOf(LEVEL_OF_OUTCOME[outcome]));
      return { outcome, score, actions: ACTIONS.filter((action) => actions.has(action)), level: LEVELS[level] ?? 'info' };
    },
  };
}

/**
 * Which kind of fact kept rules undecided. Where only scores were missing, every fact that behaviour gives was there: that is
 * “rules only”, not “undecided”, also for a wallet that runs no models at all.
 */
function whatIsOpen(undecided: Readonly<Record<string, readonly string[]>>): 'nothing' | 'models' | 'facts' {
  let open: 'nothing' | 'models' = 'nothing';
  for (const names of Object.values(undecided)) {
    if (names.length === 0 || names.some((name) => !name.startsWith('model.'))) return 'facts';
    open = 'models';
  }
  return open;
}
