import type { EventType, Facts, FactValue } from '../../core/index.ts';
import { compileCondition, TRUE } from '../dialect/index.ts';
import { isNumericAggregate, type KeyPart, type WindowFeature } from './definition.ts';
import type { FeatureLimits, Space } from './space.ts';
import { Timeline } from './timeline.ts';
import { keep, type Kept } from './window.ts';

/** What an event is to a series that counts it. */
export interface Counted {
  readonly value: Kept | undefined;
}

/** The events that several features count alike (same types, filter, entity and field), kept once. */
export interface Series {
  readonly of: ReadonlySet<EventType>;
  readonly space: Space;
  /** Its place in every entity of the space. */
  readonly slot: number;
  /** Stands for every entity without events: its cursors are never moved. */
  readonly empty: Timeline;
  /** Names the entity of a counted event. */
  readonly keyedBy: readonly KeyPart[];
  /** Registers a feature; answers its place among the cursors. */
  join(feature: WindowFeature): number;
  /** What the event counts as; undefined where it does not count. */
  read(facts: Facts): Counted | undefined;
  take(key: string, timeMs: number, value: Kept | undefined, highWaterMs: number): void;
  /** Entries cut because an entity had too many. */
  cut(): number;
}

export function seriesKey(feature: WindowFeature): string {
  const { of, where, per, keyedBy, field, scale } = feature;
  return JSON.stringify([
    of.toSorted(),
    where,
    per,
    keyedBy,
    field,
    field !== null && isNumericAggregate(feature.aggregate),
    scale,
  ]);
}

export function createSeries(model: WindowFeature, space: Space, slot: number, limits: FeatureLimits): Series {
  const passes = model.where === null ? null : compileCondition(model.where);
  const { field, scale } = model;
  const numeric = isNumericAggregate(model.aggregate);
  const valueless: Counted = { value: undefined };
  let features = 0;
  let retentionMs = 0;
  let cut = 0;

  return {
    of: new Set(model.of),
    space,
    slot,
    empty: new Timeline(field !== null),
    keyedBy: model.keyedBy,
    join(feature) {
      retentionMs = Math.max(retentionMs, feature.overMs + feature.delayMs + limits.latenessMs);
      features += 1;
      return features - 1;
    },
    read(facts) {
      if (passes !== null && passes(facts) !== TRUE) return undefined;
      if (field === null) return valueless;
      const value = keep(facts[field], numeric, scale);
      return value === undefined ? undefined : { value };
    },
    take(key, timeMs, value, highWaterMs) {
      const { timelines } = space.take(key, timeMs + retentionMs, highWaterMs);
      let timeline = timelines[slot];
      if (timeline === undefined) {
        timeline = new Timeline(field !== null);
        timelines[slot] = timeline;
      }
      timeline.insert(timeMs, value);
      cut += timeline.trim(highWaterMs - retentionMs, limits.entriesMax);
    },
    cut: () => cut,
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
