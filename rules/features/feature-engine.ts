import { type EventType, type FactValue, type FeatureEngine, hashJson, LIMITS } from '../../core/index.ts';
import type { DerivedFeature, FeatureDefinition } from './definition.ts';
import { baseFacts } from './facts.ts';
import { createLayout, type Plan, type PlannedSeries } from './layout.ts';
import { newState } from './read-window.ts';
import type { Counted } from './series.ts';
import type { Entity, FeatureLimits } from './space.ts';

/** Changes with the meaning of features, so that a receipt never claims values that another reading of the same files gave. */
const SEMANTICS = 1;

/**
 * A hot address (a carrier's NAT, a big merchant) may have more events in a window than this; its counts then stop here, far above
 * any threshold of a rule. 4,096 entries of 16 bytes are 64 KiB.
 *
 * An entity costs about 1 KiB (measured with the shipped features), so a million of one kind is 1 GiB: an attacker who
 * invents addresses pushes out addresses, never accounts.
 */
export const FEATURE_LIMITS: FeatureLimits = { entriesMax: 4_096, entitiesMax: 1_000_000, latenessMs: LIMITS.eventLatenessMs };

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
  const keys: (string | undefined | null)[] = layout.keyReaders.map(() => null);
  const counted: (Counted | undefined)[] = layout.series.map(() => undefined);
  let highWaterMs = -Infinity;

  function planOf(type: EventType): Plan {
    const known = plans.get(type);
    if (known !== undefined) return known;
    const plan = layout.planFor(type);
    plans.set(type, plan);
    return plan;
  }

  /** A name is put together once an event, and only if somebody asks. */
  function keyAt(index: number, facts: MutableFacts): string | undefined {
    let key = keys[index];
    if (key === null) {
      key = layout.keyReaders[index]?.(facts);
      keys[index] = key;
    }
    return key;
  }

  function readSeries(planned: PlannedSeries, entity: Entity | undefined, key: string, facts: MutableFacts, timeMs: number): void {
    const { series, features } = planned;
    const timeline = entity?.timelines[series.slot] ?? series.empty;
    const self = counted[planned.index];
    const isOwn = self !== undefined && keyAt(planned.takeKey, facts) === key;
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
      keys.fill(null);
      for (const { series, index, takeKey } of takes) {
        counted[index] = keyAt(takeKey, facts) === undefined ? undefined : series.read(facts);
      }
      for (const group of groups) {
        const key = keyAt(group.key, facts);
        if (key === undefined) continue;
        const entity = group.space.entities.get(key);
        for (const planned of group.series) readSeries(planned, entity, key, facts, timeMs);
      }
      for (const feature of derived) derive(feature, facts);
      for (const { series, index, takeKey } of takes) {
        const self = counted[index];
        counted[index] = undefined;
        const key = keyAt(takeKey, facts);
        if (inWindows && self !== undefined && key !== undefined) series.take(key, timeMs, self.value, highWaterMs);
      }
      return facts;
    },
    stats() {
      const stats = { entities: 0, entries: 0, entriesDropped: 0, entitiesDropped: 0 };
      for (const series of layout.series) stats.entriesDropped += series.cut();
      for (const { entities, forgotten } of layout.spaces) {
        stats.entities += entities.size;
        stats.entitiesDropped += forgotten();
        for (const { timelines } of entities.values()) for (const timeline of timelines) stats.entries += timeline?.times.length ?? 0;
      }
      return stats;
    },
  };
}

function derive({ id, kind, left, right, whenNone }: DerivedFeature, facts: MutableFacts): void {
  const [of, by] = [facts[left], facts[right]];
  if (typeof of !== 'number' || typeof by !== 'number') return;
  if (kind === 'difference') facts[id] = of - by;
  else if (by > 0) facts[id] = of / by;
  else if (whenNone !== null) facts[id] = whenNone;
}
