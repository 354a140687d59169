import {
  type EventType,
  type Facts,
  hashJson,
  type RuleEvaluator,
  type RuleHit,
  type RuleResult,
  type VerdictReason,
} from '../../core/index.ts';
import { createCompiler, type Test } from './compile.ts';
import { createExplainer, type Explain, type NameUndecided } from './explain.ts';
import { TRUE, UNDECIDED } from './operators.ts';
import type { Rule } from './rule.ts';

/** How the hit of a rule becomes a reason: shared by both evaluators, so that they differ in the evaluating alone. */
export interface RuleWriter {
  readonly rule: Rule;
  readonly nameUndecided: NameUndecided;
  hit(facts: Facts): RuleHit;
  /** Whether a hit has effect: always when live, for a fixed share of subjects when canary, never in shadow. */
  inEffect(facts: Facts): boolean;
}

export function createRuleWriter(rule: Rule): RuleWriter {
  const { explain, nameUndecided } = createExplainer(rule.condition);
  return {
    rule,
    nameUndecided,
    hit: (facts) => ({
      reason: reasonOf(rule, explain, facts),
      actions: degraded(rule, facts) ? holdActions(rule) : rule.then.actions,
    }),
    inEffect(facts) {
      if (rule.status === 'live') return true;
      return rule.status === 'canary' && isChosen(rule, facts['event.subject']);
    },
  };
}

/** Name of the fact that says how many freezes of a rule the last hour saw; given by the freeze budget, absent below one. */
export function freezeCountFact(ruleId: string): string {
  return `budget.freezes_1h.${ruleId}`;
}

function degraded(rule: Rule, facts: Facts): boolean {
  const spent = facts[freezeCountFact(rule.id)];
  return rule.limits !== undefined && typeof spent === 'number' && spent >= rule.limits.freezes_per_hour;
}

function holdActions(rule: Rule): RuleHit['actions'] {
  return rule.then.actions.map((action) => (action === 'freeze' ? 'hold' : action));
}

function reasonOf(rule: Rule, explain: Explain, facts: Facts): VerdictReason {
  const { facts: seen, words } = explain(facts);
  const spent = degraded(rule, facts);
  if (spent && rule.limits !== undefined)
    words.push(`the rule spent its ${rule.limits.freezes_per_hour} freezes of this hour: hold instead`);
  return {
    rule: rule.id,
    version: rule.version,
    title: rule.title,
    level: rule.level,
    outcome: spent ? 'hold' : rule.then.outcome,
    score: rule.then.score,
    facts: seen,
    words,
  };
}

/** FNV-1a, 32 bits, of rule and subject: the same accounts every time, others for every rule. */
function isChosen(rule: Rule, subject: unknown): boolean {
  if (typeof subject !== 'string' || rule.canary_percent === undefined) return false;
  let hash = 0x811c9dc5;
  for (const character of `${rule.id}\n${subject}`) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % 100 < rule.canary_percent;
}

/** Rules that are evaluated at all, by event type. */
export function indexByType<Entry extends { readonly rule: Rule }>(
  entries: readonly Entry[],
): ReadonlyMap<EventType, readonly Entry[]> {
  const index = new Map<EventType, Entry[]>();
  for (const entry of entries) {
    for (const type of entry.rule.on) {
      const list = index.get(type);
      if (list === undefined) index.set(type, [entry]);
      else list.push(entry);
    }
  }
  return index;
}

export function isEvaluated(rule: Rule): boolean {
  return rule.status === 'live' || rule.status === 'canary' || rule.status === 'shadow';
}

/** Hash of what the rules do, in the order of their ids. */
export function rulesRevision(rules: readonly Rule[]): string {
  return hashJson(rules.map(({ id, version }) => [id, version])).slice(0, 16);
}

/** An evaluator that answers at once. */
export interface CompiledRuleEvaluator extends RuleEvaluator {
  evaluate(type: EventType, facts: Facts): RuleResult;
}

/** Rules as closures: exact, synchronous, nothing carried from one event to the next. */
export function createRuleEvaluator(rules: readonly Rule[]): CompiledRuleEvaluator {
  const compiler = createCompiler();
  const added = rules.filter(isEvaluated).map((rule) => ({ ...createRuleWriter(rule), finish: compiler.add(rule.condition) }));
  const compiled = added.map(({ finish, ...writer }): RuleWriter & { test: Test } => ({ ...writer, test: finish() }));
  const index = indexByType(compiled);
  return {
    revision: rulesRevision(rules),
    evaluate(type, facts) {
      const hits: RuleHit[] = [];
      const shadow: string[] = [];
      const undecided: Record<string, readonly string[]> = {};
      const candidates = index.get(type);
      if (candidates === undefined) return { hits, undecided, shadow };
      compiler.begin();
      for (const each of candidates) {
        const result = each.test(facts);
        if (result === TRUE) {
          if (each.inEffect(facts)) hits.push(each.hit(facts));
          else shadow.push(each.rule.id);
        } else if (result === UNDECIDED && each.inEffect(facts)) {
          undecided[each.rule.id] = each.nameUndecided(facts);
        }
      }
      return { hits, undecided, shadow };
    },
  };
}
