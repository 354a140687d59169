import { Engine, type TopLevelCondition } from 'json-rules-engine';
import type { EventType, Facts, FactValue, RuleEvaluator, RuleHit, RuleResult } from '../../core/index.ts';
import { type Condition, type FactReference, isFactReference } from './condition.ts';
import { createRuleWriter, indexByType, isEvaluated, rulesRevision, type RuleWriter } from './evaluator.ts';
import { OPERATORS, UNDECIDED } from './operators.ts';
import { followPath, parsePath } from './path.ts';
import type { Rule } from './rule.ts';

type Bound = 'surely' | 'possibly';

/**
 * The second evaluator: the same rules on the json-rules-engine package, with its own operators.
 *
 * The package knows two truth values. Each rule is therefore run twice: once where every undecidable comparison counts against
 * the rule (“surely”) and once where it counts for it (“possibly”). Fires surely: a hit. Fires possibly alone: undecided. That
 * is Kleene's logic exactly, since `all`, `any` and `not` are monotone once `not` swaps the two.
 *
 * One Engine must not run twice at once (it loses events of the slower run), so runs wait for each other.
 */
export function createJsonRulesEngineEvaluator(rules: readonly Rule[]): RuleEvaluator {
  const index = indexByType(rules.filter(isEvaluated).map(createRuleWriter));
  const engines = new Map([...index].map(([type, writers]) => [type, createEngine(writers)]));
  let last: Promise<unknown> = Promise.resolve();

  async function run(type: EventType, facts: Facts): Promise<RuleResult> {
    const hits: RuleHit[] = [];
    const shadow: string[] = [];
    const undecided: Record<string, readonly string[]> = {};
    const engine = engines.get(type);
    if (engine === undefined) return { hits, undecided, shadow };
    const { events } = await engine.run(withInsides(facts));
    const fired = new Set(events.map((event) => event.type));
    for (const writer of index.get(type) ?? []) {
      const { id } = writer.rule;
      if (fired.has(eventName('surely', id))) {
        if (writer.inEffect(facts)) hits.push(writer.hit(facts));
        else shadow.push(id);
      } else if (fired.has(eventName('possibly', id)) && writer.inEffect(facts)) {
        undecided[id] = writer.nameUndecided(facts);
      }
    }
    return { hits, undecided, shadow };
  }

  return {
    revision: rulesRevision(rules),
    evaluate(type, facts) {
      const result = last.then(() => run(type, facts));
      last = result.catch(() => undefined);
      return result;
    },
  };
}

function eventName(bound: Bound, id: string): string {
  return `${bound}:${id}`;
}

function resolvePath(value: object, path: string): FactValue | undefined {
  const steps = parsePath(path);
  return steps === null ? undefined : followPath(value as FactValue, steps);
}

/**
 * The package gives the fact itself where a path points into something that is not an object; here that is a missing fact.
 * Conditions with a path read a copy of the fact under this name, which exists for objects and lists alone.
 */
function insideName(fact: string): string {
  return `${fact}@inside`;
}

function withInsides(facts: Facts): Record<string, FactValue> {
  const given: Record<string, FactValue> = {};
  for (const [name, value] of Object.entries(facts)) {
    if (value === undefined) continue;
    given[name] = value;
    if (typeof value === 'object' && value !== null) given[insideName(name)] = value;
  }
  return given;
}

function createEngine(writers: readonly RuleWriter[]): Engine {
  const engine = new Engine([], { allowUndefinedFacts: true, pathResolver: resolvePath });
  for (const [name, { compare }] of Object.entries(OPERATORS)) {
    const decidable = (left: FactValue, right: FactValue): boolean => compare(left, right) !== UNDECIDED;
    engine.addOperatorDecorator<FactValue, FactValue, FactValue, FactValue>(
      decoratorName('surely', name),
      (left, right, next) => decidable(left, right) && next(left, right),
    );
    engine.addOperatorDecorator<FactValue, FactValue, FactValue, FactValue>(
      decoratorName('possibly', name),
      (left, right, next) => !decidable(left, right) || next(left, right),
    );
  }
  for (const { rule } of writers) {
    for (const bound of ['surely', 'possibly'] as const) {
      engine.addRule({
        conditions: { all: [translate(rule.condition, bound) as TopLevelCondition] },
        event: { type: eventName(bound, rule.id) },
      });
    }
  }
  return engine;
}

function decoratorName(bound: Bound, operator: string): string {
  return `${bound}-${operator}`;
}

function translate(condition: Condition, bound: Bound): unknown {
  if ('all' in condition) return { all: condition.all.map((each) => translate(each, bound)) };
  if ('any' in condition) return { any: condition.any.map((each) => translate(each, bound)) };
  if ('not' in condition) return { not: translate(condition.not, bound === 'surely' ? 'possibly' : 'surely') };
  if ('condition' in condition) throw new TypeError('names are resolved before translating');
  const value = isFactReference(condition.value) ? reference(condition.value) : condition.value;
  return { ...reference(condition), operator: `${decoratorName(bound, condition.operator)}:${condition.operator}`, value };
}

function reference({ fact, path }: FactReference): { fact: string; path?: string } {
  return path === undefined ? { fact } : { fact: insideName(fact), path };
}
