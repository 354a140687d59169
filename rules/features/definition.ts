import { Type } from 'typebox';
import type { Static } from 'typebox';
import { DAY_MS, type EventType, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/index.ts';
import { type Condition, EVENT_TYPES } from '../dialect/index.ts';

/** What a window may be boiled down to. `pNN` is the nearest-rank percentile: the smallest value with at least NN % at or below it. */
export const AGGREGATES = ['count', 'sum', 'distinct', 'min', 'max', 'avg', 'last', 'first', 'p50', 'p90', 'p95', 'p99'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

const NUMERIC: ReadonlySet<string> = new Set(['sum', 'min', 'max', 'avg', 'p50', 'p90', 'p95', 'p99']);

export function isNumericAggregate(aggregate: Aggregate | 'time_since'): boolean {
  return NUMERIC.has(aggregate);
}

const FactName = Type.String({ minLength: 1, maxLength: 120 });
const Types = Type.Union([Type.Enum(EVENT_TYPES), Type.Array(Type.Enum(EVENT_TYPES), { minItems: 1, maxItems: 32 })]);
const Names = Type.Union([FactName, Type.Array(FactName, { minItems: 1, maxItems: 4 })]);
const Duration = Type.String({ pattern: '^(0|[1-9][0-9]{0,5})(s|m|h|d)$', description: '10m, 1h, 30d' });

const COMMON = {
  id: Type.String({ pattern: '^[a-z][a-z0-9_]*(\\.[a-z0-9][a-z0-9_]*)+$', maxLength: 80 }),
  doc: Type.String({ minLength: 10, maxLength: 300 }),
  on: Type.Optional(Types),
  /** The value where there is nothing to boil down; without it the fact is then missing. */
  when_none: Type.Optional(Type.Number()),
};

const aggregateFields = Object.fromEntries(
  AGGREGATES.map((name) => [name, Type.Optional(Type.Literal(true))]),
) as unknown as Record<Aggregate, ReturnType<typeof Type.Optional<ReturnType<typeof Type.Literal<true>>>>>;

/** One entry of a feature file. Which of the fields belong together is checked by `readFeature`. */
export const FeatureFileEntrySchema = Type.Object(
  {
    ...COMMON,
    ...aggregateFields,
    time_since: Type.Optional(Type.Enum(['first', 'last'])),
    ratio: Type.Optional(Type.Object({ of: FactName, to: FactName }, { additionalProperties: false })),
    difference: Type.Optional(Type.Object({ of: FactName, minus: FactName }, { additionalProperties: false })),
    of: Type.Optional(Types),
    field: Type.Optional(FactName),
    /** Numbers are kept as whole multiples of 1/scale, so that the order of adding does not matter. */
    scale: Type.Optional(Type.Enum([1, 10, 100, 1_000, 10_000])),
    unit: Type.Optional(Type.Enum(['seconds', 'minutes', 'hours', 'days'])),
    where: Type.Optional(Type.Unknown()),
    per: Type.Optional(Names),
    /** Facts that name the entity in the counted events, the first present one wins; by default the same as `per`. */
    keyed_by: Type.Optional(Names),
    over: Type.Optional(Duration),
    delay: Type.Optional(Duration),
    including_current: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type FeatureFileEntry = Static<typeof FeatureFileEntrySchema>;

export const FeatureFileSchema = Type.Object(
  {
    /** For the features of the file that do not say themselves which event types get them. */
    on: Type.Optional(Types),
    features: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 200 }),
  },
  { additionalProperties: false },
);

/** How an entity is named: parts joined for composite entities; of each part the first present fact counts. */
export interface KeyPart {
  readonly facts: readonly string[];
  readonly lowerCase: boolean;
}

interface Common {
  readonly id: string;
  readonly doc: string;
  /** Event types that get the fact; null: every type. */
  readonly on: readonly EventType[] | null;
  readonly whenNone: number | null;
}

/** An aggregate over the window `(t − delay − over, t − delay]` of one entity's events. */
export interface WindowFeature extends Common {
  readonly kind: 'window';
  readonly aggregate: Aggregate | 'time_since';
  /** For `time_since`. */
  readonly edge: 'first' | 'last';
  readonly of: readonly EventType[];
  readonly field: string | null;
  readonly scale: number;
  /** For `time_since`: milliseconds of one unit. */
  readonly unitMs: number;
  readonly where: Condition | null;
  /** The entity of the judged event. */
  readonly per: readonly KeyPart[];
  /** The entity of a counted event. */
  readonly keyedBy: readonly KeyPart[];
  readonly overMs: number;
  readonly delayMs: number;
  readonly includingCurrent: boolean;
}

/** Arithmetic on two facts of the same event. A ratio whose divisor is not positive has the value of `when_none`. */
export interface DerivedFeature extends Common {
  readonly kind: 'ratio' | 'difference';
  readonly left: string;
  readonly right: string;
}

export type FeatureDefinition = WindowFeature | DerivedFeature;

const UNITS: Readonly<Record<string, number>> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };
export const TIME_UNITS = { seconds: SECOND_MS, minutes: MINUTE_MS, hours: HOUR_MS, days: DAY_MS } as const;

/** `10m` in milliseconds. The text was checked by the schema. */
export function parseDuration(text: string): number {
  return Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? 0);
}
