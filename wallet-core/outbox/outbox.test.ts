import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventEnvelope, TOPICS } from '../../core/index.ts';
import { ManualClock, systemRandom } from '../../platform/clock/index.ts';
import type { EventLog, LogRecord } from '../../platform/event-log/port.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import { createOutbox, createRelay, outboxMigrations } from './index.ts';

const outbox = createOutbox({ clock: new ManualClock(Date.UTC(2026, 10, 1)), random: systemRandom });
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase([outboxMigrations]);
});
afterAll(() => database.drop());

/** Only `produce` matters to the relay; a crash is a `produce` that took the records and then failed. */
function recordingLog(crashAfter: number): { log: EventLog; taken: LogRecord[] } {
  const taken: LogRecord[] = [];
  let calls = 0;
  const produce = async (_topic: string, records: readonly LogRecord[]): Promise<void> => {
    taken.push(...records);
    calls += 1;
    if (calls <= crashAfter) throw new Error('the answer never came');
  };
  return { log: { produce } as unknown as EventLog, taken };
}

const relayTo = (log: EventLog) => createRelay({ sql: database.sql, log, onError: () => undefined });
const key = (subject: string) =>
  database.sql.transaction((transaction) =>
    outbox.append(transaction, { type: 'wallet.key.used', subject, data: { key_id: 'k', purpose: 'test' } }),
  );

describe('the outbox', () => {
  it('sends nothing of a transaction that was rolled back', async () => {
    const rolledBack = database.sql.transaction(async (transaction) => {
      await outbox.append(transaction, { type: 'wallet.key.used', subject: 'a', data: { key_id: 'k', purpose: 'test' } });
      throw new Error('roll back');
    });
    await expect(rolledBack).rejects.toThrow('roll back');
    expect(await relayTo(recordingLog(0).log).drain()).toBe(0);
  });

  it('numbers the events of each subject without gaps and sends them in that order, whoever writes at once', async () => {
    await Promise.all(Array.from({ length: 60 }, (_, index) => key(`subject-${index % 3}`)));
    const { log, taken } = recordingLog(0);
    await Promise.all([relayTo(log).drain(), relayTo(log).drain()]);
    await relayTo(log).drain();
    const events = taken.map((record) => JSON.parse(record.value) as EventEnvelope);
    expect(events).toHaveLength(60);
    for (const subject of ['subject-0', 'subject-1', 'subject-2']) {
      const sequences = events.filter((event) => event.subject === subject).map((event) => Number(event.sequence));
      expect(sequences).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    }
  });

  it('sends again, under the same id and bytes, what it never heard back about', async () => {
    const id = await key('b');
    const { log, taken } = recordingLog(1);
    await expect(relayTo(log).drain()).rejects.toThrow('never came');
    expect(await relayTo(log).drain()).toBe(1);
    expect(taken).toHaveLength(2);
    expect(taken[0]).toEqual(taken[1]);
    expect(taken[0]?.headers['id']).toBe(id);
  });

  it('keeps one message an id on the other topics', async () => {
    const message = { id: 'm-1', topic: TOPICS.actions, key: 'a', body: { act: 1 } };
    await database.sql.transaction((transaction) => outbox.appendMessage(transaction, message));
    await database.sql.transaction((transaction) => outbox.appendMessage(transaction, message));
    expect(await relayTo(recordingLog(0).log).drain()).toBe(1);
  });

  it('crashes on data that does not fit the schema of its type', async () => {
    const wrong = { type: 'wallet.key.used', subject: 'a', data: { key_id: 'k', purpose: 'test', extra: 1 } } as const;
    await expect(database.sql.transaction((transaction) => outbox.append(transaction, wrong))).rejects.toThrow(TypeError);
  });
});
