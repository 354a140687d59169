import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OutsideError } from '../../core/index.ts';
import type { Analytics } from './port.ts';

/** Where an adapter's data lives in a test, and how to leave and come back to it. */
export interface AnalyticsPlace {
  open(): Promise<Analytics>;
  /** Called between a close and the next open: whatever runs the engine stops and starts again. */
  restart(): Promise<void>;
  remove(): Promise<void>;
}

const UINT256_MAX = (2n ** 256n - 1n).toString();

async function failure(work: Promise<unknown>): Promise<OutsideError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(OutsideError);
  return error as OutsideError;
}

/** What every adapter of the analytics port must do, whatever runs behind it. */
export function describeAnalyticsContract(name: string, makePlace: () => Promise<AnalyticsPlace>): void {
  describe(`analytics contract: ${name}`, () => {
    let place: AnalyticsPlace;
    let analytics: Analytics;
    const suffix = randomUUID().replaceAll('-', '').slice(0, 12);
    const table = (base: string): string => `${base}_${suffix}`;

    beforeAll(async () => {
      place = await makePlace();
      analytics = await place.open();
      await analytics.command(`create table ${table('typed')} (
        id String, amount UInt256, usd Decimal(18, 2), at DateTime64(3, 'UTC'), ok Bool, tags Array(String),
        facts Map(String, String), big UInt64, maybe Nullable(UInt256), raw String codec(ZSTD(3))
      ) engine = MergeTree order by id settings non_replicated_deduplication_window = 100`);
      await analytics.command(`create table ${table('latest')} (id String, note String)
        engine = ReplacingMergeTree order by id settings non_replicated_deduplication_window = 100`);
      await analytics.command(`create view ${table('v_latest')} as select * from ${table('latest')} final`);
    });
    afterAll(async () => {
      for (const each of ['typed', 'latest']) await analytics.command(`drop table if exists ${table(each)}`);
      await analytics.command(`drop view if exists ${table('v_latest')}`);
      await analytics.close();
      await place.remove();
    });

    it('says what it is, without credentials', () => {
      expect(analytics.description).toMatchObject({ port: 'analytics', durable: true, developmentOnly: false });
      expect(analytics.description.adapter).toMatch(/ClickHouse \d+\.\d+/);
      expect(JSON.stringify(analytics.description)).not.toMatch(/password|@/);
    });

    it('loses no digit of any type', async () => {
      const row = {
        id: 'one',
        amount: UINT256_MAX,
        usd: '9007199254740993.10',
        at: '2026-11-21 10:00:00.123',
        ok: true,
        tags: ['a', "it's", 'tab\there', 'back\\slash'],
        facts: { 'device.age_hours': '0.4', "quote'": 'line\nbreak' },
        big: '18446744073709551615',
        maybe: null,
        raw: '{"text":"ünïcödé 🚀 \\u0000"}',
      };
      await analytics.insert(table('typed'), [{ ...row, amount: 2n ** 256n - 1n, at: '2026-11-21T10:00:00.123Z' }], 'typed-1');
      expect(await analytics.query(`select * from ${table('typed')} where id = 'one'`)).toEqual([row]);
    });

    it('binds parameters of every type, and none of them is SQL', async () => {
      const text = "'; drop table x; -- \\ \t \n ünï";
      const [row] = await analytics.query(
        `select {text:String} as text, {list:Array(String)} as list, {amount:UInt256} as amount, {at:DateTime64(3, 'UTC')} as at,
                {none:Nullable(String)} as none, {flag:Bool} as flag, {count:UInt32} as count`,
        {
          text,
          list: [text, 'b'],
          amount: 2n ** 256n - 1n,
          at: new Date('2026-11-21T10:00:00.123Z'),
          none: null,
          flag: true,
          count: 7,
        },
      );
      expect(row).toEqual({
        text,
        list: [text, 'b'],
        amount: UINT256_MAX,
        at: '2026-11-21 10:00:00.123',
        none: null,
        flag: true,
        count: 7,
      });
    });

    it('keeps the parameters of statements at the same time apart', async () => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, n) => analytics.query<{ n: number }>('select {n:UInt32} as n', { n })),
      );
      expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 40 }, (_, n) => n));
    });

    it('counts a batch once under its token, and another batch again', async () => {
      const rows = [{ id: 't1' }, { id: 't2' }];
      await analytics.insert(table('typed'), rows, 'batch-a');
      await analytics.insert(table('typed'), rows, 'batch-a');
      const count = (): Promise<{ n: string }[]> =>
        analytics.query(`select count() as n from ${table('typed')} where id like 't_'`);
      expect(await count()).toEqual([{ n: '2' }]);
      await analytics.insert(table('typed'), rows, 'batch-b');
      expect(await count()).toEqual([{ n: '4' }]);
    });

    it('lets no token leak into a later command', async () => {
      await analytics.insert(table('latest'), [{ id: 'leak-1' }], 'leak');
      await analytics.command(`insert into ${table('latest')} (id) values ('leak-2')`);
      expect(await analytics.query(`select count() as n from ${table('latest')} where id like 'leak-%'`)).toEqual([{ n: '2' }]);
    });

    it('collapses rows of one key behind the view, in whatever batches they came', async () => {
      await analytics.insert(table('latest'), [{ id: 'k', note: 'x' }], 'k-1');
      await analytics.insert(
        table('latest'),
        [
          { id: 'k', note: 'x' },
          { id: 'k2', note: 'y' },
        ],
        'k-2',
      );
      expect(await analytics.query(`select * from ${table('v_latest')} where id like 'k%' order by id`)).toEqual([
        { id: 'k', note: 'x' },
        { id: 'k2', note: 'y' },
      ]);
    });

    it('names its refusals and says whether trying again makes sense', async () => {
      const codes = await Promise.all(
        [
          analytics.query(`select * from ${table('missing')}`),
          analytics.insert(table('missing'), [{ id: '1' }], 'm'),
          analytics.query('select from where'),
          analytics.query('select {absent:String}'),
          analytics.insert(table('typed'), [{ id: 'bad', amount: 'twelve' }], 'bad-1'),
          analytics.insert(table('typed'), [{ id: 'bad', no_such_column: 1 }], 'bad-2'),
          analytics.query('select number from numbers(100001)'),
        ].map(async (work) => {
          const { code, retryable } = await failure(work);
          return [code, retryable];
        }),
      );
      expect(codes).toEqual([
        ['table_unknown', false],
        ['table_unknown', false],
        ['sql_malformed', false],
        ['parameter_missing', false],
        ['row_unreadable', false],
        ['column_unknown', false],
        ['too_many_rows', false],
      ]);
      expect(await analytics.query(`select count() as n from ${table('typed')} where id = 'bad'`)).toEqual([{ n: '0' }]);
    });

    it('lets nothing of a failed statement into the next answer', async () => {
      for (const sql of ['select number from numbers(100001)', 'select throwIf(number = 90000) from numbers(100000)']) {
        await failure(analytics.query(sql));
        expect(await analytics.query('select 1 as one')).toEqual([{ one: 1 }]);
      }
    });

    it('takes 20,000 rows at once, and refuses what is over its limits', async () => {
      const rows = Array.from({ length: 20_000 }, (_, n) => ({
        id: `bulk-${n}`,
        amount: BigInt(n) * 10n ** 30n,
        raw: 'x'.repeat(200),
      }));
      await analytics.insert(table('typed'), rows, 'bulk');
      expect(
        await analytics.query(`select count() as n, sum(amount) as total from ${table('typed')} where id like 'bulk-%'`),
      ).toEqual([{ n: '20000', total: (199_990_000n * 10n ** 30n).toString() }]);
      const tooMany = Array.from({ length: 100_001 }, () => ({ id: 'x' }));
      expect((await failure(analytics.insert(table('typed'), tooMany, 'too-many'))).code).toBe('analytics_batch_too_large');
    });

    it('still has everything after it was closed and opened again, tokens too', async () => {
      await analytics.insert(table('latest'), [{ id: 'stay', note: 'here' }], 'stay-1');
      const before = await analytics.query(`select count() as n from ${table('latest')}`);
      await analytics.close();
      await place.restart();
      analytics = await place.open();
      expect(await analytics.query(`select * from ${table('v_latest')} where id = 'stay'`)).toEqual([
        { id: 'stay', note: 'here' },
      ]);
      await analytics.insert(table('latest'), [{ id: 'stay', note: 'here' }], 'stay-1');
      expect(await analytics.query(`select count() as n from ${table('latest')}`)).toEqual(before);
    });
  });
}
