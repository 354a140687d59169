import type { TSchema } from 'typebox';
import { EVENT_DATA, type EnrichedEvent, type EventType, type FactValue } from '../../core/index.ts';
import { EVENT_TYPES, type FactEntry } from '../dialect/index.ts';

/** What is known only afterwards: kept in events for measuring, never shown to rules, features or models. */
const HINDSIGHT: ReadonlySet<string> = new Set(['label_fraud']);

type FactType = FactEntry['type'];

interface Field {
  /** `data.client.ip` */
  readonly name: string;
  readonly path: readonly string[];
  readonly type: FactType;
  readonly doc: string;
}

interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly description?: string;
}

function factType(schema: JsonSchema): FactType {
  if (schema.anyOf !== undefined) {
    const types = new Set(schema.anyOf.filter((each) => each.type !== 'null').map(factType));
    const [only] = types;
    return types.size === 1 && only !== undefined ? only : 'any';
  }
  switch (schema.type ?? typeof schema.const) {
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      return 'string';
    case 'boolean':
      return 'boolean';
    case 'array':
      return 'array';
    case 'object':
      return 'object';
    default:
      return 'any';
  }
}

function fieldsOf(schema: JsonSchema, path: readonly string[]): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    if (HINDSIGHT.has(key)) return [];
    const inner = [...path, key];
    if (property.properties !== undefined) return fieldsOf(property, inner);
    const name = `data.${inner.join('.')}`;
    return [{ name, path: inner, type: factType(property), doc: property.description ?? `${inner.join(' ')} of the event` }];
  });
}

const FIELDS: ReadonlyMap<string, readonly Field[]> = new Map(
  Object.entries(EVENT_DATA).map(([type, schema]) => [type, fieldsOf(schema as TSchema as JsonSchema, [])]),
);

/**
 * The event's own facts: `event.*`, its data under flat names (`data.client.ip`), the enrichment, and `amount_usd` out of
 * `data.amount_usd_cents` where the enrichment does not give it. A fresh object, the caller's to extend.
 */
export function baseFacts({ event, enrichment }: EnrichedEvent): Record<string, FactValue> {
  const facts: Record<string, FactValue> = {
    'event.type': event.type,
    'event.subject': event.subject,
    'event.source': event.source,
    'event.stream': event.stream,
  };
  const data = event.data as Readonly<Record<string, FactValue | undefined>>;
  for (const { name, path } of FIELDS.get(event.type) ?? []) {
    const [first, second] = path;
    let value = first === undefined ? undefined : data[first];
    if (second !== undefined) value = (value as Readonly<Record<string, FactValue>> | undefined)?.[second];
    if (value !== undefined) facts[name] = value;
  }
  for (const name in enrichment) {
    const value = enrichment[name];
    if (value !== undefined) facts[name] = value;
  }
  const cents = facts['data.amount_usd_cents'];
  if (facts['amount_usd'] === undefined && typeof cents === 'number') facts['amount_usd'] = cents / 100;
  return facts;
}

const WITH_CLIENT = typesWith('data.client.ip');
const WITH_AMOUNT = typesWith('data.amount');

function typesWith(name: string): EventType[] {
  return EVENT_TYPES.filter((type) => FIELDS.get(type)?.some((field) => field.name === name));
}

/** Facts that every event (of the named types) has without any feature being declared. */
export function baseCatalogue(): FactEntry[] {
  const entries = new Map<string, FactEntry & { on: EventType[] }>();
  for (const type of EVENT_TYPES) {
    for (const { name, type: valueType, doc } of FIELDS.get(type) ?? []) {
      const known = entries.get(name);
      if (known === undefined) entries.set(name, { name, type: valueType, doc, on: [type] });
      else entries.set(name, { ...known, type: known.type === valueType ? valueType : 'any', on: [...known.on, type] });
    }
  }
  return [
    { name: 'event.type', type: 'string', doc: 'type of the event' },
    { name: 'event.subject', type: 'string', doc: 'account id; before login a keyed hash of the identifier' },
    { name: 'event.source', type: 'string', doc: 'producer of the event, stamped from its credentials' },
    { name: 'event.stream', type: 'string', doc: '“live”, or the name of an import' },
    { name: 'event.hour_utc', type: 'number', doc: 'hour of the event, 0-23, UTC' },
    { name: 'event.weekday', type: 'number', doc: 'day of the week of the event, UTC: 1 is Monday, 7 is Sunday (ISO 8601)' },
    { name: 'amount_usd', type: 'number', doc: 'value in US dollars, for judging risk only', on: WITH_AMOUNT },
    { name: 'client.subnet', type: 'string', doc: '/24 (IPv4) or /48 (IPv6) of the client', on: WITH_CLIENT },
    { name: 'client.is_private', type: 'boolean', doc: 'the client’s address is of a private range', on: WITH_CLIENT },
    {
      name: 'email.is_disposable',
      type: 'boolean',
      doc: 'the e-mail domain of the registration is on the list of disposable ones',
      on: typesWith('data.email_domain'),
    },
    { name: 'model.takeover', type: 'number', doc: 'score 0-1 of the takeover model; missing while models are off' },
    {
      name: 'model.withdrawal_fraud',
      type: 'number',
      doc: 'score 0-1 of the withdrawal-fraud model; missing while models are off',
    },
    { name: 'model.deposit_abuse', type: 'number', doc: 'score 0-1 of the deposit-abuse model; missing while models are off' },
    ...entries.values(),
  ];
}
