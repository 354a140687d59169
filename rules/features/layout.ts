import type { EventType } from '../../core/index.ts';
import type { DerivedFeature, FeatureDefinition, KeyPart, WindowFeature } from './definition.ts';
import { baseCatalogue } from './facts.ts';
import { readerFor, type ReadWindow } from './read-window.ts';
import { createSeries, keyReader, type Series, seriesKey } from './series.ts';
import { createSpace, type FeatureLimits, type Space } from './space.ts';

export interface PlannedFeature {
  readonly id: string;
  readonly feature: WindowFeature;
  /** Its place among the cursors of a timeline. */
  readonly place: number;
  readonly read: ReadWindow;
}

export interface PlannedSeries {
  readonly series: Series;
  readonly index: number;
  /** The key that names the entity of a counted event. */
  readonly takeKey: number;
  readonly features: PlannedFeature[];
}

/** What one event type asks for: of each entity it names, the series to read; the series to add to; the arithmetic after. */
export interface Plan {
  readonly groups: readonly { readonly space: Space; readonly key: number; readonly series: PlannedSeries[] }[];
  readonly takes: readonly PlannedSeries[];
  readonly derived: readonly DerivedFeature[];
}

/** Where everything is kept: series shared by features, spaces shared by series, keys read once an event. */
export interface Layout {
  readonly series: readonly Series[];
  readonly spaces: readonly Space[];
  readonly keyReaders: readonly ReturnType<typeof keyReader>[];
  planFor(type: EventType): Plan;
}

export function createLayout(definitions: readonly FeatureDefinition[], limits: FeatureLimits): Layout {
  const keyIndex = new Map<string, number>();
  const keyParts: (readonly KeyPart[])[] = [];
  const spaces = new Map<number, { readonly space: Space; slots: number }>();
  const planned = new Map<string, PlannedSeries & { readonly readKey: number }>();

  function keyOf(parts: readonly KeyPart[]): number {
    const name = JSON.stringify(parts);
    const index = keyIndex.get(name) ?? keyParts.push(parts) - 1;
    keyIndex.set(name, index);
    return index;
  }

  function seriesOf(feature: WindowFeature): PlannedSeries {
    const name = seriesKey(feature);
    const known = planned.get(name);
    if (known !== undefined) return known;
    const readKey = keyOf(feature.per);
    const home = spaces.get(readKey) ?? { space: createSpace(limits), slots: 0 };
    spaces.set(readKey, home);
    const series = createSeries(feature, home.space, home.slots, limits);
    home.slots += 1;
    const added = { series, index: planned.size, takeKey: keyOf(feature.keyedBy), readKey, features: [] };
    planned.set(name, added);
    return added;
  }

  for (const feature of definitions) {
    if (feature.kind !== 'window') continue;
    const { series, features } = seriesOf(feature);
    features.push({ id: feature.id, feature, place: series.join(feature), read: readerFor(feature) });
  }
  const all = [...planned.values()];

  return {
    series: all.map(({ series }) => series),
    spaces: [...spaces.values()].map(({ space }) => space),
    keyReaders: keyParts.map(keyReader),
    planFor(type) {
      const possible = keyParts.map((parts) => canBeNamed(parts, type));
      const groups = new Map<number, { space: Space; key: number; series: PlannedSeries[] }>();
      for (const each of all) {
        const features = each.features.filter(({ feature }) => feature.on?.includes(type) !== false);
        if (possible[each.readKey] !== true || features.length === 0) continue;
        const group = groups.get(each.readKey) ?? { space: each.series.space, key: each.readKey, series: [] };
        group.series.push({ ...each, features });
        groups.set(each.readKey, group);
      }
      return {
        groups: [...groups.values()],
        takes: all.filter(({ series, takeKey }) => series.of.has(type) && possible[takeKey] === true),
        derived: definitions.filter((each) => each.kind !== 'window').filter((each) => each.on?.includes(type) !== false),
      };
    },
  };
}

const FACT_TYPES = new Map(baseCatalogue().map(({ name, on }) => [name, on]));

/** False where no event of the type can name the entity, so that its features need not be looked for. */
function canBeNamed(parts: readonly KeyPart[], type: EventType): boolean {
  return parts.every(({ facts }) => facts.some((name) => FACT_TYPES.get(name)?.includes(type) ?? true));
}
