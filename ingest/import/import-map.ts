import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { isEventType, refuse, type Result, succeed } from '../../core/index.ts';

const Column = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'a column of the CSV, or a dotted path into the JSON line',
});

const TransformName = Type.Union([
  Type.Literal('string'),
  Type.Literal('int'),
  Type.Literal('bool'),
  Type.Literal('usd_cents'),
  Type.Literal('decimal_to_minor'),
]);

const Field = Type.Union([
  Type.Object(
    { const: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]) },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      column: Column,
      transform: Type.Optional(TransformName),
      /** Of `decimal_to_minor`: digits after the point of the asset. */
      decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 36 })),
      /** Of money: rounds what has more digits, half up, where a file holds sums of floating point; otherwise such a row is refused. */
      round: Type.Optional(Type.Boolean()),
      /** Put before a text. */
      prefix: Type.Optional(Type.String({ maxLength: 100 })),
      /** Leaves the field out where the column is empty; otherwise an empty column refuses the row. */
      optional: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
]);

const ImportMapSchema = Type.Object(
  {
    stream: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$' }),
    source: Type.String({ pattern: '^urn:bulwark:import:[a-z0-9-]{1,64}$' }),
    type: Type.String(),
    /** The event id is derived from these, so that the same row gives the same id in every run. */
    id: Type.Object({ columns: Type.Array(Column, { minItems: 1, maxItems: 10 }) }, { additionalProperties: false }),
    subject: Type.Object(
      { column: Column, prefix: Type.Optional(Type.String({ maxLength: 64 })) },
      { additionalProperties: false },
    ),
    time: Type.Object(
      {
        column: Column,
        /** `rfc3339` in UTC; `sql` is `2018-04-01 00:00:31`, taken as UTC. */
        format: Type.Union([
          Type.Literal('rfc3339'),
          Type.Literal('sql'),
          Type.Literal('unix_seconds'),
          Type.Literal('unix_milliseconds'),
        ]),
      },
      { additionalProperties: false },
    ),
    /** Fields of the event's data; a dot makes an inner object: `client.ip`. */
    data: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*$' }), Field, { additionalProperties: false }),
  },
  { additionalProperties: false },
);

export type FieldMap = Static<typeof Field>;
export type ImportMap = Static<typeof ImportMapSchema>;

const validator = Compile(ImportMapSchema);

/** Reads a MAP.yaml. The refusal names every wrong place. */
export function readImportMap(yaml: string): Result<ImportMap, 'map_invalid'> {
  let value: unknown;
  try {
    value = parse(yaml);
  } catch (error) {
    return refuse('map_invalid', `the map is no YAML: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
  if (!validator.Check(value)) {
    const errors = validator.Errors(value).slice(0, 10);
    return refuse('map_invalid', errors.map((error) => `${error.instancePath || '/'} ${error.message}`).join('\n'));
  }
  if (value.stream === 'live') return refuse('map_invalid', '/stream must not be live: an import is a stream of its own');
  if (!isEventType(value.type)) return refuse('map_invalid', '/type must be one of the event types of the contract');
  const withoutDecimals = Object.entries(value.data).find(
    ([, field]) => 'transform' in field && field.transform === 'decimal_to_minor' && field.decimals === undefined,
  );
  if (withoutDecimals !== undefined) return refuse('map_invalid', `/data/${withoutDecimals[0]} needs decimals`);
  return succeed(value);
}
