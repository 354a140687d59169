import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OutsideError, TOPICS } from '../../core/index.ts';
import { type Analytics, openEmbeddedAnalytics } from '../../platform/analytics/index.ts';
import { ManualClock } from '../../platform/clock/index.ts';
import { type EventLog, eventLogMigrations, openSqlEventLog } from '../../platform/event-log/index.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import { applyAnalyticsSchema, createLanding, type Landing, LANDING_GROUP } from './index.ts';
import { createSampleLog, SAMPLE_CLIENT, SAMPLE_START_MS } from './testing.ts';

/** The engine with a switch: what the landing sees when ClickHouse is away, or answers after it went away. */
interface Switched {
  readonly analytics: Analytics;
  mode: 'up' | 'away' | 'inserts_then_fails';
  readonly tokens: string[];
}

let directory: string;
let engine: Analytics;
let database: TestDatabase;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bulwark-landing-'));
  engine = await openEmbeddedAnalytics({ dataDirectory: directory });
  database = await createTestDatabase([eventLogMigrations]);
});
afterAll(async () => {
  await engine.close();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

const TABLES = ['events', 'verdicts', 'rule_hits', 'model_scores', 'actions', 'alerts', 'labels', 'dead_letters'];

async function freshTables(): Promise<void> {
  await applyAnalyticsSchema(engine);
  for (const table of TABLES) await engine.command(`truncate table ${table}`);
}

function switched(): Switched {
  const state: Switched = {
    mode: 'up',
    tokens: [],
    analytics: {
      ...engine,
      async insert(table, rows, token) {
        if (state.mode === 'away') throw new OutsideError('analytics_unreachable', 'away', { retryable: true });
        await engine.insert(table, rows, token);
        state.tokens.push(token);
        if (state.mode === 'inserts_then_fails')
          throw new OutsideError('analytics_unreachable', 'no answer', { retryable: true });
      },
    },
  };
  return state;
}

async function freshLog(): Promise<EventLog> {
  await database.sql.query('drop schema if exists event_log cascade');
  await database.sql.query("delete from bulwark_migrations where room = 'event-log'");
  const { migrate } = await import('../../platform/sql/index.ts');
  await migrate(database.sql, [eventLogMigrations]);
  const log = openSqlEventLog({ sql: database.sql, clock: new ManualClock(SAMPLE_START_MS), pollMs: 50 });
  await log.ensureTopics(Object.values(TOPICS).map((name) => ({ name, partitions: 3 })));
  return log;
}

async function count(table: string): Promise<number> {
  const [row] = await engine.query<{ n: string }>(`select count() as n from ${table}`);
  return Number(row?.n);
}

async function produceLogins(log: EventLog, from: number, to: number): Promise<void> {
  const samples = createSampleLog();
  const records = Array.from({ length: to }, (_, n) =>
    samples.event('wallet.login.attempted', { result: 'password_ok', client: SAMPLE_CLIENT }, { account: `account-${n % 7}` }),
  ).slice(from);
  await log.produce(
    TOPICS.events,
    records.map(({ value }, n) => ({ key: `account-${(from + n) % 7}`, value, headers: {} })),
  );
}

async function run(log: EventLog, state: Switched, errors: unknown[] = []): Promise<Landing> {
  const landing = createLanding({
    analytics: state.analytics,
    log,
    clock: new ManualClock(SAMPLE_START_MS),
    onError: (error) => errors.push(error),
  });
  await landing.start();
  return landing;
}

async function committedTotal(log: EventLog): Promise<bigint> {
  return [...(await log.committed(TOPICS.events, LANDING_GROUP)).values()].reduce((sum, each) => sum + each, 0n);
}

const patience = { timeout: 30_000, interval: 50 };

describe('landing', () => {
  it('carries every topic into its tables and commits behind the inserts', async () => {
    await freshTables();
    const log = await freshLog();
    const samples = createSampleLog();
    await produceLogins(log, 0, 300);
    const at = '2026-11-21T10:00:01Z';
    const put = (topic: string, value: string): Promise<void> => log.produce(topic, [{ key: 'k', value, headers: {} }]);
    await put(TOPICS.verdicts, samples.verdict().value);
    await put(
      TOPICS.actions,
      JSON.stringify({
        id: 'a',
        verdict_id: 'v',
        account_id: 'x',
        stream: 'live',
        action: 'freeze',
        cause: 'r',
        result: 'applied',
        at,
      }),
    );
    await put(
      TOPICS.labels,
      JSON.stringify({ id: 'l', event_id: 'e', account_id: 'x', label: 'fraud', by: 's', at, stream: 'live' }),
    );
    await put(TOPICS.deadLetters, JSON.stringify({ id: 'd', stage: 'decode', reason: 'malformed_json', at }));
    const landing = await run(log, switched());
    await vi.waitFor(async () => {
      expect(await Promise.all(TABLES.map(count))).toEqual([300, 1, 3, 1, 1, 0, 1, 1]);
      expect(await committedTotal(log)).toBe(300n);
    }, patience);
    await landing.stop();
    expect(landing.status()).toEqual({ rows: 308, deadLetters: 0, lastInsertAtMs: SAMPLE_START_MS, failing: null });
    await log.close();
  });

  it('loses nothing while ClickHouse is away, and commits nothing', async () => {
    await freshTables();
    const log = await freshLog();
    const state = switched();
    state.mode = 'away';
    const errors: unknown[] = [];
    await produceLogins(log, 0, 50);
    const landing = await run(log, state, errors);
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0), patience);
    expect(landing.status().failing).toBe('away');
    expect(await committedTotal(log)).toBe(0n);
    await produceLogins(log, 50, 80);
    state.mode = 'up';
    await vi.waitFor(async () => expect(await committedTotal(log)).toBe(80n), patience);
    await landing.stop();
    expect(await count('v_events')).toBe(80);
    expect(landing.status().failing).toBeNull();
    await log.close();
  });

  it('counts once what was inserted without an answer, and again after a crash before the commit', async () => {
    await freshTables();
    const log = await freshLog();
    const state = switched();
    state.mode = 'inserts_then_fails';
    await produceLogins(log, 0, 40);
    const errors: unknown[] = [];
    const first = await run(log, state, errors);
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0), patience);
    expect(new Set(state.tokens).size).toBeLessThan(state.tokens.length);
    await first.stop();
    expect(await committedTotal(log)).toBe(0n);
    await produceLogins(log, 40, 60);
    const second = await run(log, switched());
    await vi.waitFor(async () => expect(await committedTotal(log)).toBe(60n), patience);
    await second.stop();
    expect(await count('v_events')).toBe(60);
    await log.close();
  });

  it('sets aside a record it cannot read and one that ClickHouse refuses, and goes on', async () => {
    await freshTables();
    const log = await freshLog();
    // A stricter table stands for what a later schema may refuse: this asset is not taken.
    await engine.command(`alter table events add constraint no_such_asset check asset != 'refused'`);
    const samples = createSampleLog();
    const values = Array.from({ length: 20 }, () => samples.event('wallet.login.attempted', { client: SAMPLE_CLIENT }).value);
    values[3] = '{"id":';
    values[11] = samples.event('wallet.withdrawal.requested', { asset: 'refused', amount: '1', client: SAMPLE_CLIENT }).value;
    await log.produce(
      TOPICS.events,
      values.map((value) => ({ key: 'one', value, headers: {} })),
    );
    const landing = await run(log, switched());
    await vi.waitFor(async () => expect(await committedTotal(log)).toBe(20n), patience);
    await landing.stop();
    await engine.command('alter table events drop constraint no_such_asset');
    expect(await count('v_events')).toBe(18);
    const letters = await engine.query(
      'select reason, source_topic, source_offset, raw from v_dead_letters order by source_offset',
    );
    expect(letters).toEqual([
      { reason: 'not_json', source_topic: TOPICS.events, source_offset: '3', raw: values[3] },
      { reason: 'row_unreadable', source_topic: TOPICS.events, source_offset: '11', raw: values[11] },
    ]);
    expect(landing.status().deadLetters).toBe(2);
    await log.close();
  });

  it('finishes what it has in hand when it stops', async () => {
    await freshTables();
    const log = await freshLog();
    await produceLogins(log, 0, 30);
    const landing = await run(log, switched());
    await landing.stop();
    expect(BigInt(await count('v_events'))).toBe(await committedTotal(log));
    await log.close();
  });
});

describe('the schema', () => {
  it('can be applied again over data', async () => {
    await freshTables();
    await engine.insert(
      'labels',
      [{ stream: 'live', id: 'l', event_id: 'e', label: 'fraud', at: '2026-11-21 10:00:00.000' }],
      't',
    );
    await applyAnalyticsSchema(engine);
    await Promise.all([applyAnalyticsSchema(engine), applyAnalyticsSchema(engine)]);
    expect(await count('v_labels')).toBe(1);
  });

  it('keeps an account frozen while one cause is left', async () => {
    await freshTables();
    const action = (restriction: string, name: string, second: number): Record<string, unknown> => ({
      stream: 'live',
      id: `${restriction}:${name}`,
      account_id: 'a',
      verdict_id: '',
      action: name,
      cause: `rule:${restriction}`,
      result: 'done',
      at: `2026-11-21 10:00:0${second}.000`,
    });
    const frozen = (): Promise<unknown[]> => engine.query('select account_id, since, cause, causes from v_frozen_accounts');
    await engine.insert('actions', [action('r1', 'frozen', 1), action('r2', 'frozen', 2), action('r2', 'restricted', 2)], 'a1');
    expect(await frozen()).toEqual([{ account_id: 'a', since: '2026-11-21 10:00:01.000', cause: 'rule:r1', causes: '2' }]);
    await engine.insert('actions', [action('r1', 'unfrozen', 3)], 'a2');
    expect(await frozen()).toEqual([{ account_id: 'a', since: '2026-11-21 10:00:02.000', cause: 'rule:r2', causes: '1' }]);
    await engine.insert('actions', [action('r2', 'unfrozen', 4)], 'a3');
    expect(await frozen()).toEqual([]);
  });

  it('keeps the newest report of an action under one id', async () => {
    await freshTables();
    const report = { stream: 'live', id: '1', account_id: 'a', action: 'notify' };
    await engine.insert('actions', [{ ...report, result: 'failed', at: '2026-11-21 10:00:02.000' }], 'b1');
    await engine.insert('actions', [{ ...report, result: 'done', at: '2026-11-21 10:00:03.000' }], 'b2');
    await engine.insert('actions', [{ ...report, result: 'failed', at: '2026-11-21 10:00:02.000' }], 'b3');
    expect(await engine.query('select result from v_actions')).toEqual([{ result: 'done' }]);
  });
});
