import type { EventType } from '../../core/index.ts';
import { checkCondition, type Condition, factLookup } from '../dialect/index.ts';
import {
  checkShape,
  nearestName,
  type Problem,
  readYaml,
  type SourceFile,
  type YamlPath,
  type YamlSource,
} from '../yaml/index.ts';
import {
  AGGREGATES,
  type FeatureDefinition,
  FeatureFileEntrySchema,
  FeatureFileSchema,
  type FeatureFileEntry,
  isNumericAggregate,
  parseDuration,
  TIME_UNITS,
} from './definition.ts';
import { ENTITIES, keyPart } from './entities.ts';
import { baseCatalogue } from './facts.ts';

/** Features of one book: three times the shipped ones. Each costs about 0.4 µs on the event types that get it (measured on 2 busy cores). */
const FEATURES_MAX = 200;
/** A year and some: what is older than that says little, and every window is kept in memory. */
const HORIZON_MS_MAX = parseDuration('400d');

interface Reading {
  readonly source: YamlSource;
  readonly problems: Problem[];
  readonly lookup: ReturnType<typeof factLookup>;
  /** Ids of the features read so far: what `ratio` and `difference` may use besides the event's own facts. */
  readonly known: Map<string, FeatureDefinition>;
  /** The file's own `on`; empty: every event type. */
  readonly on: readonly EventType[];
}

/** Reads feature files. The features that are sound come back even where others have problems. */
export function loadFeatures(files: readonly SourceFile[]): {
  readonly features: readonly FeatureDefinition[];
  readonly problems: Problem[];
} {
  const problems: Problem[] = [];
  const known = new Map<string, FeatureDefinition>();
  const lookup = factLookup(baseCatalogue());
  for (const file of files) {
    const read = readYaml(file);
    if (!read.ok) {
      problems.push(...read.problems);
      continue;
    }
    const shape = checkShape(read.source, FeatureFileSchema, read.source.value);
    problems.push(...shape.problems);
    for (const [index, entry] of (shape.value?.features ?? []).entries()) {
      readFeature(entry, ['features', index], { source: read.source, problems, lookup, known, on: typesOf(shape.value?.on) });
    }
    if (known.size > FEATURES_MAX)
      problems.push(read.source.problem([], 'limit_exceeded', `a book has at most ${FEATURES_MAX} features`));
  }
  return { features: [...known.values()], problems };
}

function readFeature(value: unknown, path: YamlPath, reading: Reading): void {
  const { source, problems, known, lookup } = reading;
  const before = problems.length;
  const shape = checkShape(source, FeatureFileEntrySchema, value, path);
  problems.push(...shape.problems);
  const entry = shape.value;
  if (entry === null) return;
  if (known.has(entry.id) || lookup.fact(entry.id) !== undefined) {
    problems.push(source.problem([...path, 'id'], 'id_duplicate', `"${entry.id}" is already the name of a fact`));
  }
  const kinds = [...AGGREGATES, 'time_since', 'ratio', 'difference'].filter((kind) => Object.hasOwn(entry, kind));
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const message = `a feature is exactly one of ${[...AGGREGATES, 'time_since', 'ratio', 'difference'].join(', ')}; this one is ${kinds.join(' and ') || 'none'}`;
    problems.push(source.problem(path, 'shape_invalid', message));
    return;
  }
  const definition =
    kind === 'ratio' || kind === 'difference' ? readDerived(entry, path, reading) : readWindow(entry, path, reading);
  if (problems.length === before && definition !== null) known.set(definition.id, definition);
}

function typesOf(types: FeatureFileEntry['of']): readonly EventType[] {
  return types === undefined ? [] : ([...new Set([types].flat())] as EventType[]);
}

function common(entry: FeatureFileEntry, ofFile: readonly EventType[]) {
  const on = entry.on === undefined ? ofFile : typesOf(entry.on);
  return { id: entry.id, doc: entry.doc, on: on.length === 0 ? null : on, whenNone: entry.when_none ?? null };
}

function readDerived(
  entry: FeatureFileEntry,
  path: YamlPath,
  { source, problems, lookup, known, on }: Reading,
): FeatureDefinition | null {
  const kind = entry.ratio === undefined ? 'difference' : 'ratio';
  const [left, right] = entry.ratio
    ? [entry.ratio.of, entry.ratio.to]
    : [entry.difference?.of ?? '', entry.difference?.minus ?? ''];
  for (const field of [
    'of',
    'field',
    'scale',
    'unit',
    'where',
    'per',
    'keyed_by',
    'over',
    'delay',
    'including_current',
  ] as const) {
    if (entry[field] !== undefined)
      problems.push(source.problem([...path, field], 'shape_invalid', `a ${kind} has no "${field}"`, 'key'));
  }
  for (const name of [left, right]) {
    const type = known.has(name) ? 'number' : lookup.fact(name)?.type;
    const having = known.get(name)?.on ?? lookup.fact(name)?.on;
    const without = typesOf(entry.on).filter((each) => having !== undefined && !having.includes(each));
    if (without.length > 0)
      problems.push(source.problem([...path, kind], 'fact_not_in_event', `${without.join(', ')} has no ${name}`));
    if (type === 'number') continue;
    const near = nearestName(name, [...known.keys(), ...lookup.factNames]);
    const hint = near === null || near === name ? 'use a number declared above' : `did you mean "${near}"?`;
    problems.push(source.problem([...path, kind], 'fact_unknown', `"${name}" is no number known here: ${hint}`));
  }
  return { ...common(entry, on), kind, left, right };
}

function readWindow(entry: FeatureFileEntry, path: YamlPath, reading: Reading): FeatureDefinition | null {
  const { source, problems } = reading;
  const push = (field: string, code: Problem['code'], message: string): void => {
    problems.push(source.problem([...path, field], code, message));
  };
  const aggregate = AGGREGATES.find((name) => entry[name] !== undefined) ?? 'time_since';
  for (const field of ['of', 'per', 'over'] as const)
    if (entry[field] === undefined) push(field, 'shape_invalid', `"${field}" is needed`);
  const needsField = aggregate !== 'count' && aggregate !== 'time_since';
  if (needsField !== (entry.field !== undefined))
    push('field', 'shape_invalid', `"${aggregate}" ${needsField ? 'needs' : 'has no'} "field"`);
  if (aggregate !== 'time_since' && entry.unit !== undefined) push('unit', 'shape_invalid', 'only time_since has a unit');
  if (!isNumericAggregate(aggregate) && entry.scale !== undefined) push('scale', 'shape_invalid', `"${aggregate}" has no scale`);
  if (entry.when_none !== undefined && ['count', 'sum', 'distinct'].includes(aggregate)) {
    push('when_none', 'shape_invalid', `the ${aggregate} of nothing is 0`);
  }
  const of = typesOf(entry.of);
  checkField(entry, aggregate, of, path, reading);
  const where = readWhere(entry, of, path, reading);
  const overMs = parseDuration(entry.over ?? '0s');
  const delayMs = parseDuration(entry.delay ?? '0s');
  if (overMs === 0 && entry.over !== undefined) push('over', 'shape_invalid', 'a window is longer than nothing');
  if (overMs + delayMs > HORIZON_MS_MAX) push('over', 'limit_exceeded', 'over and delay together are at most 400d');
  if (delayMs > 0 && entry.including_current === true) {
    push('including_current', 'shape_invalid', 'a delayed window never holds the current event');
  }
  const per = readKey(entry.per, [...path, 'per'], reading).map(keyPart);
  const keys = readKey(entry.keyed_by, [...path, 'keyed_by'], reading);
  const keyedBy =
    keys.length === 0
      ? per
      : [{ facts: keys.flatMap((name) => keyPart(name).facts), lowerCase: keys.some((name) => keyPart(name).lowerCase) }];
  if (keys.length > 0 && per.length > 1) push('keyed_by', 'shape_invalid', 'keyed_by goes with a single entity');
  return {
    ...common(entry, reading.on),
    kind: 'window',
    aggregate,
    edge: entry.time_since === 'first' ? 'first' : 'last',
    of,
    field: entry.field ?? null,
    scale: entry.scale ?? 1,
    unitMs: TIME_UNITS[entry.unit ?? 'hours'],
    where,
    per,
    keyedBy,
    overMs,
    delayMs,
    includingCurrent: entry.including_current ?? false,
  };
}

function checkField(
  entry: FeatureFileEntry,
  aggregate: Parameters<typeof isNumericAggregate>[0],
  of: readonly EventType[],
  path: YamlPath,
  reading: Reading,
): void {
  if (entry.field === undefined) return;
  const { source, problems, lookup } = reading;
  const fact = lookup.fact(entry.field);
  if (fact === undefined) {
    const near = nearestName(entry.field, lookup.factNames);
    const hint = near === null ? 'features read the event’s own facts' : `did you mean "${near}"?`;
    problems.push(source.problem([...path, 'field'], 'fact_unknown', `no event has "${entry.field}": ${hint}`));
    return;
  }
  if (isNumericAggregate(aggregate) && fact.type !== 'number') {
    problems.push(
      source.problem([...path, 'field'], 'operator_mismatch', `"${aggregate}" needs a number; ${entry.field} is ${fact.type}`),
    );
  }
  const without = of.filter((type) => fact.on !== undefined && !fact.on.includes(type));
  if (without.length > 0) {
    problems.push(source.problem([...path, 'field'], 'fact_not_in_event', `${without.join(', ')} has no ${entry.field}`));
  }
}

function readWhere(
  entry: FeatureFileEntry,
  of: readonly EventType[],
  path: YamlPath,
  { source, problems, lookup }: Reading,
): Condition | null {
  if (entry.where === undefined) return null;
  const context = { source, on: of, conditionNames: new Set<string>(), ...lookup };
  return checkCondition(entry.where, [...path, 'where'], context, problems) ? entry.where : null;
}

function readKey(names: FeatureFileEntry['per'], path: YamlPath, { source, problems, lookup }: Reading): string[] {
  const list = names === undefined ? [] : [names].flat();
  for (const name of list) {
    if (ENTITIES[name] !== undefined || lookup.fact(name)?.type === 'string') continue;
    const near = nearestName(name, [...Object.keys(ENTITIES), ...lookup.factNames]);
    const hint = near === null ? `use ${Object.keys(ENTITIES).join(', ')} or a fact that is a string` : `did you mean "${near}"?`;
    problems.push(source.problem(path, 'entity_unknown', `no entity is named "${name}": ${hint}`));
  }
  return list;
}
