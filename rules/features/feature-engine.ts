import { type EventType, type FactValue, type FeatureEngine, hashJson, LIMITS } from '../../core/index.ts';
import type { DerivedFeature, FeatureDefinition, KeyPart, WindowFeature } from './definition.ts';
import { baseCatalogue, baseFacts } from './facts.ts';
import { newState, readerFor, type ReadWindow, type Self } from './read-window.ts';
import { createSeries, type FeatureLimits, keyReader, type Series, seriesKey } from './series.ts';
import type { Accumulator } from './window.ts';
import type { Cursor } from './timeline.ts';

/** Changes with the meaning of features, so that a receipt never claims values that another reading of the same files gave. */
const SEMANTICS = 1;

/**
 * A hot address (a carrier's NAT, a big merchant) may have more events in a window than this; its counts then stop here, far above
 * any threshold of a rule. 4,096 entries are 64 KiB. 200,000 entities a series of 0.5 KiB each (measured: 4 entries) are 100 MiB.
 */
export const FEATURE_LIMITS: FeatureLimits = { entriesMax: 4_096, entitiesMax: 200_000, latenessMs: LIMITS.eventLatenessMs };

interface PlannedFeature {
  readonly id: string;
  readonly feature: WindowFeature;
  readonly cursor: number;
  readonly read: ReadWindow;
}

interface Group {
  readonly series: Series;
  readonly seriesIndex: number;
  readonly key: number;
  readonly features: readonly PlannedFeature[];
}

/** What one event type asks for. */
interface Plan {
  readonly groups: readonly Group[];
  /** Series that may count the event, with the key that names its entity. */
  readonly takes: readonly { readonly series: Series; readonly seriesIndex: number; readonly key: number }[];
  readonly derived: readonly DerivedFeature[];
}

export interface FeatureEngineStats {
  readonly entities: number;
  readonly entries: number;
  /** Entries cut because an entity had too many, entities forgotten because a series had too many. */
  readonly entriesDropped: number;
  readonly entitiesDropped: number;
}

/**
 * Exact sliding windows over arrivals. `advance` answers the event's facts (its own, the enrichment, every declared feature over
 * `(t − delay − over, t − delay]` of what had arrived before), then takes the event into the windows.
 *
 * A feature is missing where the event has no such entity. An event with `inWindows: false` gets its facts and leaves no trace;
 * it sees what is still kept: entries newer than the newest event time so far less `over + delay + lateness`.
 */
export function createFeatureEngine(
  definitions: readonly FeatureDefinition[],
  limits: Partial<FeatureLimits> = {},
): FeatureEngine & { stats(): FeatureEngineStats } {
  const bounds = { ...FEATURE_LIMITS, ...limits };
  const layout = createLayout(definitions, bounds);
  const plans = new Map<EventType, Plan>();
  const keys: (string | undefined | null)[] = layout.keyReaders.map(() => null);
  const selves: (Self | undefined)[] = layout.series.map(() => undefined);
  let highWaterMs = -Infinity;

  function keyAt(index: number, facts: Record<string, FactValue>): string | undefined {
    let key = keys[index];
    if (key === null) {
      key = layout.keyReaders[index]?.(facts);
      keys[index] = key;
    }
    return key;
  }

  function readGroup({ series, seriesIndex, key: keyIndex, features }: Group, facts: Record<string, FactValue>, timeMs: number): void {
    const key = keyAt(keyIndex, facts);
    if (key === undefined) return;
    const timeline = series.timelines.get(key) ?? series.empty;
    const self = selves[seriesIndex];
    const sameEntity = self !== undefined && keyAt(layout.takeKeys[seriesIndex] ?? 0, facts) === key;
    for (const { id, feature, cursor: place, read } of features) {
      let cursor = timeline.cursors[place] as Cursor<Accumulator | null> | undefined;
      if (cursor === undefined) {
        cursor = { low: 0, high: 0, state: newState(feature) };
        timeline.cursors[place] = cursor;
      }
      const until = timeMs - feature.delayMs;
      const kept = highWaterMs - feature.delayMs - feature.overMs - bounds.latenessMs;
      timeline.move(cursor, Math.max(until - feature.overMs, kept), until);
      const value = read(timeline, cursor, timeMs, sameEntity && feature.includingCurrent ? self : undefined) ?? feature.whenNone;
      if (value !== null) facts[id] = value;
    }
  }

  return {
    revision: hashJson({ semantics: SEMANTICS, definitions }).slice(0, 16),
    advance(enriched) {
      const { event, timeMs, inWindows } = enriched;
      const facts = baseFacts(enriched);
      let plan = plans.get(event.type);
      if (plan === undefined) {
        plan = layout.planFor(event.type);
        plans.set(event.type, plan);
      }
      if (inWindows && timeMs > highWaterMs) highWaterMs = timeMs;
      keys.fill(null);
      for (const { series, seriesIndex, key } of plan.takes) {
        selves[seriesIndex] = keyAt(key, facts) === undefined ? undefined : series.read(facts);
      }
      for (const group of plan.groups) readGroup(group, facts, timeMs);
      for (const feature of plan.derived) {
        const value = derive(feature, facts);
        if (value !== null) facts[feature.id] = value;
      }
      for (const { series, seriesIndex, key } of plan.takes) {
        const self = selves[seriesIndex];
        const entity = keyAt(key, facts);
        selves[seriesIndex] = undefined;
        if (inWindows && self !== undefined && entity !== undefined) series.take(entity, timeMs, self.value, highWaterMs);
      }
      return facts;
    },
    stats() {
      const stats = { entities: 0, entries: 0, entriesDropped: 0, entitiesDropped: 0 };
      for (const series of layout.series) {
        const { entries, entities } = series.size();
        stats.entities += entities;
        stats.entries += entries;
        stats.entriesDropped += series.dropped().entries;
        stats.entitiesDropped += series.dropped().entities;
      }
      return stats;
    },
  };
}

function derive({ kind, left, right, whenNone }: DerivedFeature, facts: Readonly<Record<string, FactValue>>): number | null {
  const [of, by] = [facts[left], facts[right]];
  if (typeof of !== 'number' || typeof by !== 'number') return null;
  if (kind === 'difference') return of - by;
  return by > 0 ? of / by : whenNone;
}

interface Layout {
  readonly series: readonly Series[];
  readonly keyReaders: readonly ReturnType<typeof keyReader>[];
  /** By series: the key that names the entity of a counted event. */
  readonly takeKeys: readonly number[];
  planFor(type: EventType): Plan;
}

function createLayout(definitions: readonly FeatureDefinition[], limits: FeatureLimits): Layout {
  const series: Series[] = [];
  const takeKeys: number[] = [];
  const seriesByKey = new Map<string, number>();
  const keyIndex = new Map<string, number>();
  const keyReaders: ReturnType<typeof keyReader>[] = [];
  const keyParts: (readonly KeyPart[])[] = [];
  const planned: (PlannedFeature & { seriesIndex: number; key: number })[] = [];

  function keyOf(parts: readonly KeyPart[]): number {
    const name = JSON.stringify(parts);
    let index = keyIndex.get(name);
    if (index === undefined) {
      index = keyReaders.push(keyReader(parts)) - 1;
      keyParts.push(parts);
      keyIndex.set(name, index);
    }
    return index;
  }

  for (const feature of definitions) {
    if (feature.kind !== 'window') continue;
    const name = seriesKey(feature);
    let seriesIndex = seriesByKey.get(name);
    if (seriesIndex === undefined) {
      seriesIndex = series.push(createSeries(feature, limits)) - 1;
      takeKeys.push(keyOf(feature.keyedBy));
      seriesByKey.set(name, seriesIndex);
    }
    const cursor = series[seriesIndex]?.join(feature) ?? 0;
    planned.push({ id: feature.id, feature, cursor, read: readerFor(feature), seriesIndex, key: keyOf(feature.per) });
  }

  function planFor(type: EventType): Plan {
    const possible = keyParts.map((parts) => canBeNamed(parts, type));
    const groups = new Map<string, Group & { features: PlannedFeature[] }>();
    for (const each of planned) {
      const of = series[each.seriesIndex];
      if (of === undefined || possible[each.key] !== true || each.feature.on?.includes(type) === false) continue;
      const name = `${each.seriesIndex}/${each.key}`;
      const group = groups.get(name);
      if (group !== undefined) group.features.push(each);
      else groups.set(name, { series: of, seriesIndex: each.seriesIndex, key: each.key, features: [each] });
    }
    return {
      groups: [...groups.values()],
      takes: series.flatMap((each, seriesIndex) => {
        const key = takeKeys[seriesIndex] ?? 0;
        return each.of.has(type) && possible[key] === true ? [{ series: each, seriesIndex, key }] : [];
      }),
      derived: definitions.filter((each) => each.kind !== 'window').filter((each) => each.on?.includes(type) !== false),
    };
  }

  return { series, keyReaders, takeKeys, planFor };
}

const FACT_TYPES = new Map(baseCatalogue().map(({ name, on }) => [name, on]));

/** False where no event of the type can name the entity, so that its features need not be looked for. */
function canBeNamed(parts: readonly KeyPart[], type: EventType): boolean {
  return parts.every(({ facts }) => facts.some((name) => FACT_TYPES.get(name)?.includes(type) ?? true));
}

