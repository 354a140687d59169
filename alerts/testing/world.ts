import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type AssetId, TOPICS } from '../../core/index.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';
import {
  type Channel,
  openDiskOutbox,
  readDiskOutbox,
  type DiskOutboxMessage,
  type LiveLimits,
} from '../../platform/channels/index.ts';
import { ManualClock, systemRandom } from '../../platform/clock/index.ts';
import { type EventLog, eventLogMigrations, openSqlEventLog } from '../../platform/event-log/index.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import { type Alerts, type AlertsDeps, alertsMigrations, createAlerts } from '../index.ts';
import { principalOf, serve } from './serve.ts';
import { TEST_VERDICT_KEYS } from './verdicts.ts';

export const ORIGIN = 'https://wallet.example';

/** The room with real parts around it: PostgreSQL, the event log, a folder of messages, an HTTP server with the live socket. */
export interface AlertsWorld {
  readonly database: TestDatabase;
  readonly clock: ManualClock;
  readonly log: EventLog;
  readonly alerts: Alerts;
  readonly server: FastifyInstance;
  readonly baseUrl: string;
  readonly problems: unknown[];
  /** Messages in the folder that stands for e-mail. */
  mails(): Promise<DiskOutboxMessage[]>;
  /** Delivers until nothing is due; the number of tries. */
  deliver(): Promise<number>;
  /** What was appended for a topic, in order. */
  messages(topic: string): Promise<Record<string, unknown>[]>;
  /** Accounts that were locked, one entry a lock. */
  locks(): Promise<string[]>;
  /** Another instance of the room over the same database. */
  another(change?: Partial<AlertsDeps>): Alerts;
  close(): Promise<void>;
}

const LOCALES: Readonly<Record<string, 'en' | 'zh'>> = { ana: 'en', mei: 'zh' };
const TEST_TABLES = `
  create table test_message (position bigint generated always as identity, id text unique, topic text, body json);
  create table test_lock (position bigint generated always as identity, account_id text);`;

function contactOf(accountId: string) {
  const locale = LOCALES[accountId];
  return Promise.resolve(locale === undefined ? null : { email: `${accountId}@example.org`, locale });
}

async function lock(transaction: SqlTransaction, accountId: string): Promise<void> {
  await transaction.query('insert into test_lock (account_id) values ($1)', [accountId]);
}

const appendMessage: AlertsDeps['appendMessage'] = async (transaction, { id, topic, body }) => {
  const values = [id, topic, JSON.stringify(body)];
  await transaction.query(
    'insert into test_message (id, topic, body) values ($1, $2, $3::json) on conflict (id) do nothing',
    values,
  );
};

export async function openAlertsWorld(
  options: { mail?: (inner: Channel) => Channel; liveLimits?: Partial<LiveLimits>; clockMs?: number } = {},
): Promise<AlertsWorld> {
  const database = await createTestDatabase([alertsMigrations, eventLogMigrations]);
  const { sql } = database;
  await sql.query(TEST_TABLES);
  const clock = new ManualClock(options.clockMs ?? Date.parse('2026-11-21T14:02:05Z'));
  const directory = await mkdtemp(join(tmpdir(), 'bulwark-alerts-'));
  const disk = await openDiskOutbox({ directory, clock });
  const log = openSqlEventLog({ sql, clock });
  await log.ensureTopics([TOPICS.verdicts, TOPICS.actions].map((name) => ({ name, partitions: 3 })));
  const problems: unknown[] = [];

  function room(change: Partial<AlertsDeps> = {}): Alerts {
    return createAlerts({
      sql,
      log,
      clock,
      random: systemRandom,
      channels: { mail: options.mail?.(disk) ?? disk },
      directory: { contactOf },
      ownerActions: { lock },
      assetOf: (id) => (id === 'eip155:31337/slip44:60' ? { id: id as AssetId, symbol: 'ETH', decimals: 18 } : null),
      appendMessage,
      verdictKeys: TEST_VERDICT_KEYS,
      publicUrl: 'http://bulwark.test/',
      allowedOrigins: [ORIGIN],
      authenticateStaff: (request) => Promise.resolve(principalOf(request.headers['x-as'])),
      liveLimits: options.liveLimits ?? {},
      onProblem: (problem) => problems.push(problem),
      ...change,
    });
  }

  const alerts = room();
  const { server: http, baseUrl } = await serve(alerts);
  return {
    database,
    clock,
    log,
    alerts,
    server: http,
    baseUrl,
    problems,
    mails: () => readDiskOutbox(directory),
    async deliver() {
      let total = 0;
      for (let tried = await alerts.worker.tick(); tried > 0; tried = await alerts.worker.tick()) total += tried;
      return total;
    },
    async messages(topic) {
      const rows = await sql.query<{ body: Record<string, unknown> }>(
        'select body from test_message where topic = $1 order by position',
        [topic],
      );
      return rows.map((row) => row.body);
    },
    async locks() {
      const rows = await sql.query<{ account_id: string }>('select account_id from test_lock order by position');
      return rows.map((row) => row.account_id);
    },
    another: room,
    async close() {
      await alerts.stop();
      await http.close();
      await log.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
