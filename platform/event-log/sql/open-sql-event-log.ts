import { type Clock, type Random, SECOND_MS } from '../../../core/index.ts';
import { systemRandom } from '../../clock/index.ts';
import type { Migrations, Sql } from '../../sql/index.ts';
import { createCoalescer } from '../coalescer.ts';
import { partitionOf } from '../partition-of.ts';
import type { EventLog, LogRecord, Subscription } from '../port.ts';
import { assertRecords } from '../record-limits.ts';
import { readRecords } from './read-records.ts';
import { startSubscription } from './subscription.ts';
import { textArray } from './text-array.ts';
import { createTopics, type Topics } from './topics.ts';
import { createWakeups, type Wakeups } from './wakeups.ts';

/** Schema `event_log`; run before `openSqlEventLog`. */
export const eventLogMigrations: Migrations = { room: 'event-log', directory: new URL('./migrations/', import.meta.url) };

export interface SqlEventLogOptions {
  readonly sql: Sql;
  /** Stamps records. Leases go by the database's clock. */
  readonly clock: Clock;
  readonly random?: Random;
  /** After this long without a sign of life a consumer's partitions go to the others of its group. Kafka's default session is 45 s; here a member is renewed by one cheap statement. */
  readonly leaseMs?: number;
  /** How long a lost notice can delay a record. */
  readonly pollMs?: number;
  readonly why?: string;
}

/** Rows of one statement: beyond a thousand a row costs the same, and a statement's memory grows with its bytes. */
const STATEMENT = { rowsMax: 1_000, bytesMax: 8 * 1024 * 1024 } as const;

/** Lower-case UUID of version 4 (RFC 9562). */
function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function createWriter(
  sql: Sql,
  clock: Clock,
  topics: Topics,
  wakeups: Wakeups,
): (name: string, records: readonly LogRecord[]) => Promise<void> {
  return async (name, records) => {
    const topic = await topics.get(name);
    const partitions = records.map((record) => partitionOf(record.key, topic.partitions));
    await sql.query('select event_log.append($1, $2::int[], $3::text[], $4::text[], $5::text[], $6)', [
      topic.id,
      partitions,
      textArray(records.map((record) => record.key)),
      textArray(records.map((record) => record.value)),
      textArray(records.map((record) => JSON.stringify(record.headers))),
      clock.now(),
    ]);
    wakeups.appended(topic, new Set(partitions));
  };
}

/** The event log as tables of PostgreSQL. `close()` leaves `sql` open: it belongs to the caller. Throws OutsideError. */
export function openSqlEventLog(options: SqlEventLogOptions): EventLog {
  const {
    sql,
    clock,
    random = systemRandom,
    leaseMs = 10 * SECOND_MS,
    pollMs = SECOND_MS,
    why = 'no KAFKA_BROKERS are given',
  } = options;
  const topics = createTopics(sql);
  const wakeups = createWakeups(sql, uuid(random));
  const producer = createCoalescer({ ...STATEMENT, write: createWriter(sql, clock, topics, wakeups) });
  const subscriptions = new Set<Subscription>();

  return {
    description: {
      port: 'event-log',
      adapter: `tables in ${sql.description.adapter}`,
      durable: sql.description.durable,
      developmentOnly: false,
      why,
    },
    ensureTopics: (list) => topics.ensure(list),
    async produce(name, records) {
      assertRecords(name, records);
      await producer.append(name, records);
    },
    async subscribe(subscribeOptions) {
      const wanted = await Promise.all(subscribeOptions.topics.map((name) => topics.get(name)));
      const running = await startSubscription(
        { sql, wakeups, topics: wanted, id: uuid(random), leaseMs, pollMs },
        subscribeOptions,
      );
      const subscription: Subscription = {
        async stop() {
          if (subscriptions.delete(subscription)) await running.stop();
        },
      };
      subscriptions.add(subscription);
      return subscription;
    },
    read: async (name, partition, offset, limit) => readRecords(sql, await topics.get(name), partition, offset, limit),
    async ends(name) {
      const topic = await topics.get(name);
      return sql.query<{ partition: number; begin: bigint; end: bigint }>(
        `select p.partition, p.next_offset as "end",
                coalesce((select min(r."offset") from event_log.records r where r.topic = p.topic and r.partition = p.partition), p.next_offset) as "begin"
         from event_log.partitions p where p.topic = $1 order by p.partition`,
        [topic.id],
      );
    },
    async committed(name, group) {
      const topic = await topics.get(name);
      const rows = await sql.query<{ partition: number; committed: bigint }>(
        'select partition, committed from event_log.positions where group_name = $1 and topic = $2 and committed is not null',
        [group, topic.id],
      );
      return new Map(rows.map((row) => [row.partition, row.committed]));
    },
    async close() {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
      await producer.idle();
      await wakeups.close();
    },
  };
}
