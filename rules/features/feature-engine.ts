import { type EventType, type FactValue, type FeatureEngine, hashJson, LIMITS } from '../../core/index.ts';
import type { DerivedFeature, FeatureDefinition } from './definition.ts';
import { baseFacts } from './facts.ts';
import { createLayout, type Layout, type Plan, type PlannedSeries } from './layout.ts';
import { newState } from './read-window.ts';
import type { Counted } from './series.ts';
import type { Entity, FeatureLimits } from './space.ts';

/** Changes with the meaning of features, so that a receipt never claims values that another reading of the same files gave. */
const SEMANTICS = 1;

/**
 * A hot address (a carrier's NAT, a big merchant) may have more events in a window than this; its counts then stop here, far above
 * any threshold of a rule. 4,096 entries of 16 bytes are 64 KiB.
 *
 * An entity with five events in each of its series costs 2 KiB (measured with the shipped features), so 250,000 of one kind are 0.5 GiB.
 * The bound is by kind: an attacker who invents addresses pushes out addresses, never accounts.
 */
export const FEATURE_LIMITS: FeatureLimits = { entriesMax: 4_096, entitiesMax: 250_000, latenessMs: LIMITS.eventLatenessMs };

type MutableFacts = Record<string, FactValue>;

export interface FeatureEngineStats {
  readonly entities: number;
  readonly entries: number;
  /** Entries cut because an entity had too many; entities forgotten because there were too many of their kind. */
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
  const keys = createKeys(layout.keyReaders);
  const counted: (Counted | undefined)[] = layout.series.map(() => undefined);
  let highWaterMs = -Infinity;

  function planOf(type: EventType): Plan {
    const known = plans.get(type);
    if (known !== undefined) return known;
    const plan = layout.planFor(type);
    plans.set(type, plan);
    return plan;
  }

  function readSeries(
    planned: PlannedSeries,
    entity: Entity | undefined,
    key: string,
    facts: MutableFacts,
    timeMs: number,
  ): void {
    const { series, features } = planned;
    const timeline = entity?.timelines[series.slot] ?? series.empty;
    const self = counted[planned.index];
    const isOwn = self !== undefined && keys.at(planned.takeKey, facts) === key;
    for (const { id, feature, place, read } of features) {
      let cursor = timeline.cursors[place];
      if (cursor === undefined) {
        cursor = { low: 0, high: 0, state: newState(feature) };
        timeline.cursors[place] = cursor;
      }
      const until = timeMs - feature.delayMs;
      const kept = highWaterMs - feature.delayMs - feature.overMs - bounds.latenessMs;
      timeline.move(cursor, Math.max(until - feature.overMs, kept), until);
      const value = read(timeline, cursor, timeMs, isOwn && feature.includingCurrent ? self : undefined) ?? feature.whenNone;
      if (value !== null) facts[id] = value;
    }
  }

  return {
    revision: hashJson({ semantics: SEMANTICS, definitions }).slice(0, 16),
    advance(enriched) {
      const { event, timeMs, inWindows } = enriched;
      const facts = baseFacts(enriched);
      const { groups, takes, derived } = planOf(event.type);
      if (inWindows && timeMs > highWaterMs) highWaterMs = timeMs;
      keys.begin();
      for (const { series, index, takeKey } of takes) {
        counted[index] = keys.at(takeKey, facts) === undefined ? undefined : series.read(facts);
      }
      for (const group of groups) {
        const key = keys.at(group.key, facts);
        if (key === undefined) continue;
        const entity = group.space.entities.get(key);
        for (const planned of group.series) readSeries(planned, entity, key, facts, timeMs);
      }
      for (const feature of derived) derive(feature, facts);
      for (const { series, index, takeKey } of takes) {
        const self = counted[index];
        counted[index] = undefined;
        const key = keys.at(takeKey, facts);
        if (inWindows && self !== undefined && key !== undefined) series.take(key, timeMs, self.value, highWaterMs);
      }
      return facts;
    },
    stats: () => statsOf(layout),
  };
}

/** Names of entities, each put together once an event and only if somebody asks. */
function createKeys(readers: Layout['keyReaders']): {
  begin(): void;
  at(index: number, facts: MutableFacts): string | undefined;
} {
  const keys: (string | undefined | null)[] = readers.map(() => null);
  return {
    begin() {
      keys.fill(null);
    },
    at(index, facts) {
      let key = keys[index];
      if (key === null) {
        key = readers[index]?.(facts);
        keys[index] = key;
      }
      return key;
    },
  };
}

function statsOf({ series, spaces }: Layout): FeatureEngineStats {
  const stats = { entities: 0, entries: 0, entriesDropped: 0, entitiesDropped: 0 };
  for (const each of series) stats.entriesDropped += each.cut();
  for (const space of spaces) {
    stats.entities += space.entities.size;
    stats.entitiesDropped += space.forgotten();
    for (const { timelines } of space.entities.values()) {
      for (const timeline of timelines) stats.entries += timeline?.times.length ?? 0;
    }
  }
  return stats;
}

function derive({ id, kind, left, right, whenNone }: DerivedFeature, facts: MutableFacts): void {
  const [of, by] = [facts[left], facts[right]];
  if (typeof of !== 'number' || typeof by !== 'number') return;
  if (kind === 'difference') facts[id] = of - by;
  else if (by > 0) facts[id] = of / by;
  else if (whenNone !== null) facts[id] = whenNone;
}
