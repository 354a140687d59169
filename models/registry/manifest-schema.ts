import { Type } from 'typebox';
import type { Static } from 'typebox';

/** One column of the model's input, out of one fact. */
const ModelInputSchema = Type.Object(
  {
    fact: Type.String({ minLength: 1, maxLength: 100 }),
    /** What a fact that is not known becomes: not-a-number, for models trained with gaps, or this number. */
    missing: Type.Union([Type.Literal('nan'), Type.Number()]),
    /** `log1p`: ln(1 + value), negative values as 0. `equals`: 1 where the fact is this text, else 0. */
    transform: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('log1p')])),
    equals: Type.Optional(Type.String({ maxLength: 100 })),
    /** The fact's usual value, before the transform: what a reason compares with. */
    typical: Type.Number(),
    /** A reason in words; `{value}` and `{typical}` are filled in. */
    words: Type.String({ minLength: 1, maxLength: 200 }),
  },
  { additionalProperties: false },
);

const ModelSchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z][a-z0-9_]{0,40}$' }),
    version: Type.String({ minLength: 1, maxLength: 40 }),
    /** A challenger is scored under `<name>.challenger`, which no rule acts on. */
    status: Type.Union([Type.Literal('champion'), Type.Literal('challenger')]),
    file: Type.String({ pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,100}\\.onnx$', description: 'beside the manifest' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    /** Event types it scores. */
    events: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 50 }),
    /** Sixty-four columns bound the cost of a reason: one row each. */
    inputs: Type.Array(ModelInputSchema, { minItems: 1, maxItems: 64 }),
    /** Which output holds the probabilities, float32 of shape [n, 2] (column 1 counts), [n, 1] or [n]. */
    output: Type.String({ minLength: 1, maxLength: 100 }),
    /** Scores from here on get reasons. */
    explain_from: Type.Number({ minimum: 0, maximum: 1 }),
    /** What a person should make of the score. */
    threshold: Type.String({ minLength: 1, maxLength: 300 }),
    trained_on: Type.Optional(Type.String({ maxLength: 500 })),
    figures: Type.Optional(Type.Record(Type.String(), Type.Number())),
    card: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
);

export const ManifestSchema = Type.Object({ models: Type.Array(ModelSchema, { maxItems: 20 }) }, { additionalProperties: false });

export type ModelInput = Static<typeof ModelInputSchema>;
export type ModelEntry = Static<typeof ModelSchema>;
