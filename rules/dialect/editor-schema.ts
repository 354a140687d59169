import { EVENT_TYPES, RULE_FIELDS, RuleFileSchema } from './rule.ts';
import type { FactEntry } from './fact-entry.ts';
import { OPERATORS } from './operators.ts';

/** JSON Schema (2020-12) of a rule file with the catalogue's facts, for completion and hover text in editors. */
export function editorSchema(catalogue: readonly FactEntry[]): Record<string, unknown> {
  const { required } = RuleFileSchema as unknown as { required: readonly string[] };
  const beside = { priority: { type: 'integer', minimum: 1 }, name: { type: 'string' } };
  const condition = { $ref: '#/$defs/condition' };
  const group = (kind: 'all' | 'any', description: string) => ({
    type: 'object',
    description,
    properties: { [kind]: { type: 'array', minItems: 1, items: condition }, ...beside },
    required: [kind],
    additionalProperties: false,
  });
  const reference = { fact: { $ref: '#/$defs/fact' }, path: { type: 'string', pattern: '^\\$' }, params: { type: 'object' } };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Bulwark rule',
    type: 'object',
    properties: { ...RULE_FIELDS, when: condition },
    required,
    additionalProperties: false,
    $defs: {
      condition: {
        oneOf: [
          group('all', 'true if every part is; undecided if none is false and one is undecided'),
          group('any', 'true if one part is; undecided if none is true and one is undecided'),
          {
            type: 'object',
            properties: { not: condition, ...beside },
            required: ['not'],
            additionalProperties: false,
          },
          {
            type: 'object',
            description: 'a condition of conditions.yaml',
            properties: { condition: { type: 'string' }, ...beside },
            required: ['condition'],
            additionalProperties: false,
          },
          {
            type: 'object',
            properties: {
              ...reference,
              operator: { enum: Object.keys(OPERATORS) },
              value: {
                anyOf: [
                  { type: ['number', 'string', 'boolean', 'null', 'array'] },
                  { type: 'object', properties: reference, required: ['fact'], additionalProperties: false },
                ],
              },
              ...beside,
            },
            required: ['fact', 'operator', 'value'],
            additionalProperties: false,
          },
        ],
      },
      fact: { oneOf: catalogue.map(({ name, doc, type, on }) => ({ const: name, description: describe(doc, type, on) })) },
    },
  };
}

function describe(doc: string, type: string, on: FactEntry['on']): string {
  const where =
    on === undefined || on.length === EVENT_TYPES.length
      ? ''
      : on.length > 4
        ? ` In ${on.length} event types.`
        : ` In ${on.join(', ')}.`;
  return `${doc} (${type})${where}`;
}
