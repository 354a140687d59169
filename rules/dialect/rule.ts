import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ACTIONS, EVENT_DATA, type EventType, hashJson, LEVELS, OUTCOMES } from '../../core/index.ts';
import { type Condition, type NamedConditions, resolveNames } from './condition.ts';

export const EVENT_TYPES = Object.keys(EVENT_DATA) as EventType[];

export const STATUSES = ['draft', 'shadow', 'canary', 'live', 'retired'] as const;
export const EXPECTATIONS = ['hit', 'miss', 'undecided'] as const;

/** Every list below has a bound: a rule is read by a person, and reviewed by another. */
const ITEMS_MAX = 32;
/** The sum of all hits is cut at 1000, so one rule may give all of it. */
const SCORE_MAX = 1000;

const Words = Type.String({ minLength: 3, maxLength: 300 });

const RuleTest = Type.Object(
  {
    name: Words,
    given: Type.Record(Type.String({ minLength: 1, maxLength: 120 }), Type.Unknown(), {
      description: 'facts by name; what is left out is missing',
    }),
    expect: Type.Enum([...EXPECTATIONS]),
  },
  { additionalProperties: false },
);

const FIELDS = {
  id: Type.String({
    pattern: '^[a-z0-9]+(-[a-z0-9]+)*(\\.[a-z0-9]+(-[a-z0-9]+)*)+$',
    maxLength: 80,
    description: 'area.name, never used again for another rule',
  }),
  title: Type.String({ minLength: 5, maxLength: 120, description: 'what an analyst reads first' }),
  owner: Type.String({ pattern: '^[a-z0-9-]{2,60}$', description: 'the team that answers for it' }),
  review_by: Type.String({
    pattern: '^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
    description: 'the day by which somebody must look at it again',
  }),
  on: Type.Union([Type.Enum(EVENT_TYPES), Type.Array(Type.Enum(EVENT_TYPES), { minItems: 1, maxItems: ITEMS_MAX })], {
    description: 'event types it judges',
  }),
  status: Type.Enum([...STATUSES], {
    description: 'shadow: recorded, without effect; canary: in effect for a share of accounts',
  }),
  canary_percent: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 99, description: 'with status canary: the share of subjects it acts on' }),
  ),
  level: Type.Enum([...LEVELS]),
  // oxlint-disable-next-line unicorn/no-thenable -- the dialect's word; it holds an object, so that nothing can await it
  then: Type.Object(
    {
      outcome: Type.Enum([...OUTCOMES]),
      score: Type.Integer({ minimum: 0, maximum: SCORE_MAX }),
      actions: Type.Array(Type.Enum([...ACTIONS]), { maxItems: ACTIONS.length, uniqueItems: true }),
    },
    { additionalProperties: false },
  ),
  limits: Type.Optional(
    Type.Object(
      {
        freezes_per_hour: Type.Integer({
          minimum: 1,
          maximum: 100_000,
          description: 'freezes of this rule an hour of event time; past it a freeze degrades to a hold',
        }),
      },
      { additionalProperties: false },
    ),
  ),
  covers: Type.Optional(
    Type.Array(Type.String({ pattern: '^([EFT][0-9]{2}|OAT-[0-9]{3}|C10)$' }), {
      maxItems: ITEMS_MAX,
      uniqueItems: true,
      description: 'rows of the attack catalogue',
    }),
  ),
  falsepositives: Type.Array(Words, { minItems: 1, maxItems: ITEMS_MAX, description: 'honest people it may hurt' }),
  tests: Type.Array(RuleTest, { minItems: 2, maxItems: ITEMS_MAX }),
};

/** A rule file, its condition left to the condition checker, which points at the exact node. */
export const RuleFileSchema = Type.Object({ ...FIELDS, when: Type.Unknown() }, { additionalProperties: false });

export type RuleFile = Static<typeof RuleFileSchema>;
export const RULE_FIELDS = FIELDS;

/** A rule that was read and checked. */
export interface Rule extends Omit<RuleFile, 'when' | 'on'> {
  readonly on: readonly EventType[];
  /** As written, with named conditions by name. */
  readonly when: Condition;
  /** With names resolved: what is evaluated. */
  readonly condition: Condition;
  /** First 12 hex digits of the hash of what the rule does (its tests and notes do not count). */
  readonly version: string;
}

export function makeRule(file: RuleFile, when: Condition, named: NamedConditions): Rule {
  const on = typeof file.on === 'string' ? [file.on] : [...new Set(file.on)];
  const condition = resolveNames(when, named);
  const { id, title, status, level, then } = file;
  const does = {
    id,
    title,
    on,
    status,
    level,
    effect: then,
    condition,
    limits: file.limits ?? null,
    canary: file.canary_percent ?? null,
  };
  return { ...file, on, when, condition, version: hashJson(does).slice(0, 12) };
}
