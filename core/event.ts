import { Type } from 'typebox';
import type { Static } from 'typebox';
import { EVENT_DATA, type EventType } from './event-data.ts';

/** The producer of the wallet's own events. `wallet.*` types are accepted from this source alone. */
export const WALLET_SOURCE = 'urn:bulwark:wallet';
/** The stream of real events; any other name is an import with its own state and clock, effects off. */
export const LIVE_STREAM = 'live';

const Uuid = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' });

/**
 * The envelope of an event: CloudEvents 1.0 in JSON, with three extensions of ours (`stream`, `sequence`, `replayedfrom`:
 * CloudEvents allows lower-case letters and digits alone in extension names).
 */
export const EventEnvelopeSchema = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    id: Uuid,
    source: Type.String({ minLength: 1, maxLength: 200, description: 'stamped from the sender’s credentials' }),
    type: Type.String({ minLength: 1, maxLength: 100 }),
    time: Type.String({ format: 'date-time', description: 'event time, RFC 3339 with milliseconds, UTC' }),
    subject: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'account id; before login a keyed hash of the identifier',
    }),
    datacontenttype: Type.Optional(Type.Literal('application/json')),
    stream: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$' }),
    sequence: Type.Optional(Type.String({ pattern: '^[0-9]{1,20}$', description: 'per subject and source, without gaps' })),
    replayedfrom: Type.Optional(Type.String({ maxLength: 200, description: 'the dead letter this was replayed from' })),
    data: Type.Record(Type.String(), Type.Unknown()),
  },
  { additionalProperties: false },
);

export type EventEnvelope = Static<typeof EventEnvelopeSchema>;

/** An event whose data was checked against the schema of its type. */
export type BulwarkEvent<Name extends EventType = EventType> = {
  [Each in Name]: Omit<EventEnvelope, 'type' | 'data'> & {
    readonly type: Each;
    readonly data: Static<(typeof EVENT_DATA)[Each]>;
  };
}[Name];

export { EVENT_DATA, type EventType };
