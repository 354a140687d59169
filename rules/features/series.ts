import type { EventType, Facts, FactValue } from '../../core/index.ts';
import { compileCondition, TRUE } from '../dialect/index.ts';
import { isNumericAggregate, type KeyPart, type WindowFeature } from './definition.ts';
import { Timeline } from './timeline.ts';
import { keep, type Kept } from './window.ts';

export interface FeatureLimits {
  /** Entries one entity may have in one series; past it the oldest are cut. */
  readonly entriesMax: number;
  /** Entities one series may have; past it the one longest without an event is forgotten. */
  readonly entitiesMax: number;
  /** Events later than this are left out of the windows by ingest, so older entries can never be asked for again. */
  readonly latenessMs: number;
}

/** Expired entities are looked for once in so many updates, twice as many at a time: the state shrinks faster than it can grow. */
const SWEEP_EVERY = 64;

/** The events that several features count alike (same types, filter, entity and field), kept once. */
export interface Series {
  readonly of: ReadonlySet<EventType>;
  readonly timelines: ReadonlyMap<string, Timeline>;
  /** Stands for every entity without events: its cursors are never moved. */
  readonly empty: Timeline;
  /** Names the entity of a counted event. */
  readonly keyedBy: readonly KeyPart[];
  /** Registers a feature; answers its place among the cursors. */
  join(feature: WindowFeature): number;
  /** Whether the event counts, and as what value: undefined where it does not. */
  read(facts: Facts): { readonly value: Kept | undefined } | undefined;
  take(key: string, timeMs: number, value: Kept | undefined, highWaterMs: number): void;
  dropped(): { readonly entries: number; readonly entities: number };
  size(): { readonly entries: number; readonly entities: number };
}

export function seriesKey(feature: WindowFeature): string {
  const { of, where, keyedBy, field, scale } = feature;
  return JSON.stringify([of.toSorted(), where, keyedBy, field, field !== null && isNumericAggregate(feature.aggregate), scale]);
}

export function createSeries(model: WindowFeature, limits: FeatureLimits): Series {
  const timelines = new Map<string, Timeline>();
  const passes = model.where === null ? null : compileCondition(model.where);
  const { field, scale } = model;
  const numeric = isNumericAggregate(model.aggregate);
  const counted = { value: undefined };
  const dropped = { entries: 0, entities: 0 };
  let features = 0;
  let retentionMs = 0;
  let updates = 0;

  function sweep(cutoff: number): void {
    let looked = 0;
    for (const [key, { times }] of timelines) {
      looked += 1;
      if (looked > 2 * SWEEP_EVERY || (times.at(-1) ?? -Infinity) > cutoff) return;
      timelines.delete(key);
    }
  }

  return {
    of: new Set(model.of),
    timelines,
    empty: new Timeline(field !== null),
    keyedBy: model.keyedBy,
    join(feature) {
      retentionMs = Math.max(retentionMs, feature.overMs + feature.delayMs + limits.latenessMs);
      features += 1;
      return features - 1;
    },
    read(facts) {
      if (passes !== null && passes(facts) !== TRUE) return undefined;
      if (field === null) return counted;
      const value = keep(facts[field], numeric, scale);
      return value === undefined ? undefined : { value };
    },
    take(key, timeMs, value, highWaterMs) {
      const cutoff = highWaterMs - retentionMs;
      let timeline = timelines.get(key);
      if (timeline === undefined) timeline = new Timeline(field !== null);
      else timelines.delete(key);
      timelines.set(key, timeline);
      timeline.insert(timeMs, value);
      dropped.entries += timeline.trim(cutoff, limits.entriesMax);
      updates += 1;
      if (updates % SWEEP_EVERY === 0) sweep(cutoff);
      if (timelines.size <= limits.entitiesMax) return;
      const [oldest] = timelines.keys();
      if (oldest !== undefined) timelines.delete(oldest);
      dropped.entities += 1;
    },
    dropped: () => dropped,
    size() {
      let entries = 0;
      for (const { times } of timelines.values()) entries += times.length;
      return { entries, entities: timelines.size };
    },
  };
}

/** Names an entity by its parts; undefined where one part has no non-empty string. */
export function keyReader(parts: readonly KeyPart[]): (facts: Facts) => string | undefined {
  const readers = parts.map(partReader);
  const [only] = readers;
  if (only !== undefined && readers.length === 1) return only;
  return (facts) => {
    let key = '';
    for (const reader of readers) {
      const part = reader(facts);
      if (part === undefined) return undefined;
      key += `${part}\u0000`;
    }
    return key;
  };
}

function partReader({ facts: names, lowerCase }: KeyPart): (facts: Facts) => string | undefined {
  return (facts) => {
    for (const name of names) {
      const value: FactValue | undefined = facts[name];
      if (typeof value === 'string' && value !== '') return lowerCase ? value.toLowerCase() : value;
    }
    return undefined;
  };
}
