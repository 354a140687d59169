import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ACTIONS, LEVELS, OUTCOMES } from './outcome.ts';

const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Json = Type.Unknown();

/** Why a verdict says what it says: one rule that fired, with the facts that made it fire. */
export const ReasonSchema = Type.Object(
  {
    rule: Type.String(),
    version: Type.String({ description: 'content hash of the rule, first 12 hex digits' }),
    title: Type.String(),
    level: Type.Enum([...LEVELS]),
    outcome: Type.Enum([...OUTCOMES]),
    score: Type.Integer(),
    facts: Type.Record(Type.String(), Json),
    /** In words a person reads: “device.age_hours is 0.4, less than 24”. */
    words: Type.Array(Type.String()),
  },
  { additionalProperties: false },
);

/** One model's opinion. `score` is quantised to 1/10,000 so that it is the same on every machine. */
export const ModelScoreSchema = Type.Object(
  {
    model: Type.String(),
    version: Type.String(),
    score: Type.Number({ minimum: 0, maximum: 1 }),
    reasons: Type.Array(Type.String()),
  },
  { additionalProperties: false },
);

/** Where in the order of arrivals the event was judged, and by what. From it the verdict is recomputed bit for bit. */
export const ReceiptSchema = Type.Object(
  {
    /** Position in the engine's own order of arrivals for the stream, from 1, without gaps. */
    arrival: Type.String({ pattern: '^[0-9]{1,20}$' }),
    topic: Type.String(),
    partition: Type.Integer({ minimum: 0 }),
    offset: Type.String({ pattern: '^[0-9]{1,20}$' }),
    rules_revision: Type.String(),
    models_revision: Type.String(),
    lists_revision: Type.String(),
    features_revision: Type.String(),
    /** SHA-256 of the canonical JSON of the previous verdict of this stream; 64 zeros for the first. */
    previous: Digest,
  },
  { additionalProperties: false },
);

/** What the engine says of one event, before it is signed. */
export const VerdictBodySchema = Type.Object(
  {
    /** Derived from (source, event id, revision), so that judging again after a crash gives the same id. */
    id: Type.String(),
    event_id: Type.String(),
    event_source: Type.String(),
    event_type: Type.String(),
    event_time: Type.String(),
    subject: Type.String(),
    stream: Type.String(),
    /** Hash of the canonical form of what is to be permitted (`data.payload_hash`); null where the event permits nothing. */
    payload_hash: Type.Union([Digest, Type.Null()]),
    /** 1 for the first judgement; a re-judgement is n + 1. */
    revision: Type.Integer({ minimum: 1 }),
    outcome: Type.Enum([...OUTCOMES]),
    score: Type.Integer({ minimum: 0, maximum: 1000 }),
    actions: Type.Array(Type.Enum([...ACTIONS])),
    reasons: Type.Array(ReasonSchema),
    /** Rules that could not be decided for a missing or mistyped fact: fact names by rule id. */
    undecided: Type.Record(Type.String(), Type.Array(Type.String())),
    /** Rules in shadow that would have fired. */
    shadow: Type.Array(Type.String()),
    models: Type.Array(ModelScoreSchema),
    degraded: Type.Union([Type.Null(), Type.Literal('rules_only')]),
    facts: Type.Record(Type.String(), Json, { description: 'the whole feature vector, as rules and models saw it' }),
    judged_at: Type.String({ format: 'date-time' }),
    /** After this a verdict permits nothing. */
    expires_at: Type.String({ format: 'date-time' }),
    receipt: ReceiptSchema,
  },
  { additionalProperties: false },
);

/**
 * A verdict is a signed statement, not a message on a topic: Ed25519 (RFC 8032) over the canonical JSON (RFC 8785) of `body`.
 * `key_id` is the first 16 hex digits of the SHA-256 of the public key's SubjectPublicKeyInfo in DER.
 */
export const VerdictSchema = Type.Object(
  { body: VerdictBodySchema, key_id: Type.String(), signature: Type.String({ description: 'base64url' }) },
  { additionalProperties: false },
);

export type VerdictReason = Static<typeof ReasonSchema>;
export type ModelScore = Static<typeof ModelScoreSchema>;
export type VerdictBody = Static<typeof VerdictBodySchema>;
export type Verdict = Static<typeof VerdictSchema>;
