import { Compile } from 'typebox/compile';
import {
  type BulwarkEvent,
  type Clock,
  EVENT_DATA,
  type EventEnvelope,
  type EventId,
  type EventType,
  LIVE_STREAM,
  type Random,
  TOPICS,
  type Topic,
  uuidV7,
  WALLET_SOURCE,
} from '../../core/index.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';

/** What the wallet tells the stream, written in the transaction of the change it tells of. */
export interface Outbox {
  /**
   * Writes an event of the wallet in the caller's transaction: state change and event stand or fall together. The envelope's
   * time is stamped from the server's clock, the sequence under the subject's row lock (held until commit).
   * Throws TypeError when `data` does not fit its schema: that is a bug of the caller.
   */
  append<Type extends EventType>(
    transaction: SqlTransaction,
    event: { readonly id?: EventId; readonly type: Type; readonly subject: string; readonly data: BulwarkEvent<Type>['data'] },
  ): Promise<EventId>;
  /** A message on another topic with the same guarantee. The same id twice is one message. */
  appendMessage(
    transaction: SqlTransaction,
    message: {
      readonly id: string;
      readonly topic: Topic;
      readonly key: string;
      readonly body: Readonly<Record<string, unknown>>;
    },
  ): Promise<void>;
}

const DATA_CHECKS = new Map(Object.entries(EVENT_DATA).map(([type, schema]) => [type, Compile(schema)]));

function checkData(type: EventType, data: unknown): void {
  const check = DATA_CHECKS.get(type);
  if (check?.Check(data) === true) return;
  const [first] = check?.Errors(data) ?? [];
  throw new TypeError(`the data of ${type} does not fit its schema: ${first?.instancePath ?? ''} ${first?.message ?? ''}`);
}

async function nextSequence(transaction: SqlTransaction, subject: string): Promise<bigint> {
  const rows = await transaction.query<{ last: bigint }>(
    `insert into outbox.subject_sequence (subject, last) values ($1, 1)
     on conflict (subject) do update set last = subject_sequence.last + 1 returning last`,
    [subject],
  );
  const last = rows[0]?.last;
  if (last === undefined) throw new Error('the sequence of a subject was not returned');
  return last;
}

/** `onAppend` runs after the commit of each transaction that appended: it wakes the relay. */
export function createOutbox(deps: { readonly clock: Clock; readonly random: Random; readonly onAppend?: () => void }): Outbox {
  async function insert(transaction: SqlTransaction, id: string, topic: Topic, key: string, body: unknown): Promise<void> {
    await transaction.query(
      'insert into outbox.message (id, topic, key, body) values ($1, $2, $3, $4) on conflict (id) do nothing',
      [id, topic, key, JSON.stringify(body)],
    );
    transaction.afterCommit(() => deps.onAppend?.());
  }
  return {
    async append(transaction, event) {
      checkData(event.type, event.data);
      const id = event.id ?? uuidV7<EventId>(deps.clock, deps.random);
      const sequence = await nextSequence(transaction, event.subject);
      const envelope: EventEnvelope = {
        specversion: '1.0',
        id,
        source: WALLET_SOURCE,
        type: event.type,
        time: new Date(deps.clock.now()).toISOString(),
        subject: event.subject,
        stream: LIVE_STREAM,
        sequence: sequence.toString(),
        data: event.data,
      };
      await insert(transaction, id, TOPICS.events, event.subject, envelope);
      return id;
    },
    appendMessage: (transaction, message) => insert(transaction, message.id, message.topic, message.key, message.body),
  };
}
