import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate, sqlState, violatedConstraint } from './index.ts';
import type { Migrations, Sql } from './port.ts';

/** Resolves when `condition` holds; the test's own time limit is the only one. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function writeMigrations(files: Readonly<Record<string, string>>): Promise<Migrations> {
  const folder = await mkdtemp(join(tmpdir(), 'bulwark-migrations-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return { room: `room-${randomUUID()}`, directory: pathToFileURL(`${folder}/`) };
}

/** What every `Sql` must do. `open` gives another handle on the same database each time; the suite closes them. */
export function sqlContract(open: () => Promise<Sql>): void {
  let sql: Sql;
  let other: Sql;
  const table = `t_${randomUUID().replaceAll('-', '')}`;

  beforeAll(async () => {
    [sql, other] = [await open(), await open()];
    await sql.query(
      `create table ${table} (id int primary key, amount numeric(78,0) not null constraint ${table}_positive check (amount >= 0))`,
    );
  });
  afterAll(async () => {
    await sql.query(`drop table ${table}`);
    await Promise.all([sql.close(), other.close()]);
  });

  test('money and counters keep every digit, both ways and inside of arrays', async () => {
    const digits = fc.bigInt({ min: -(10n ** 77n), max: 10n ** 77n });
    const int8 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    await fc.assert(
      fc.asyncProperty(digits, int8, async (amount, counter) => {
        const [row] = await sql.query(
          'select $1::numeric(78,0) as n, $2::int8 as i, array[$1::numeric, null] as na, $3::int8[] as ia',
          [amount, counter, [counter, null]],
        );
        expect(row).toEqual({ n: String(amount), i: counter, na: [String(amount), null], ia: [counter, null] });
      }),
      { numRuns: 25 },
    );
  });

  test('times, days, JSON and bytes arrive as what they are', async () => {
    const at = new Date('2026-02-28T23:59:59.123Z');
    const [row] = await sql.query(
      `select $1::timestamptz as at, '2026-02-28'::date as day, $2::jsonb as json, $3::bytea as bytes, null as nothing, true as yes`,
      [at, JSON.stringify({ a: [1, 'ü'] }), Buffer.from([0, 255])],
    );
    expect(row).toEqual({ at, day: '2026-02-28', json: { a: [1, 'ü'] }, bytes: Buffer.from([0, 255]), nothing: null, yes: true });
  });

  test('a transaction is there for others when it resolves, and its effects ran after that', async () => {
    const order: string[] = [];
    const value = await sql.transaction(async (transaction) => {
      await transaction.query(`insert into ${table} values (1, 10)`);
      transaction.afterCommit(() => order.push('effect'));
      expect(await other.query(`select 1 as one from ${table} where id = 1`)).toEqual([]);
      order.push('work');
      return 42;
    });
    expect(value).toBe(42);
    expect(order).toEqual(['work', 'effect']);
    expect(await other.query(`select amount from ${table} where id = 1`)).toEqual([{ amount: '10' }]);
  });

  test('a transaction that throws leaves nothing, and runs no effect', async () => {
    let effects = 0;
    const failure = new Error('refused');
    await expect(
      sql.transaction(async (transaction) => {
        transaction.afterCommit(() => (effects += 1));
        await transaction.query(`insert into ${table} values (2, 10)`);
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(effects).toBe(0);
    expect(await sql.query(`select 1 as one from ${table} where id = 2`)).toEqual([]);
  });

  test('an integrity error names its constraint and its state, and is not an error of the outside world', async () => {
    const error: unknown = await sql.query(`insert into ${table} values (3, -1)`).catch((caught: unknown) => caught);
    expect(error).not.toMatchObject({ name: 'OutsideError' });
    expect(violatedConstraint(error)).toBe(`${table}_positive`);
    expect(sqlState(error)).toBe('23514');
    expect(sqlState(new Error('other'))).toBeNull();
  });

  test('a transaction whose error was swallowed does not look committed', async () => {
    await expect(
      sql.transaction(async (transaction) => {
        await transaction.query(`insert into ${table} values (4, 10)`);
        await transaction.query('select 1/0').catch(() => {});
      }),
    ).rejects.toThrow(/rolled back/);
    expect(await sql.query(`select 1 as one from ${table} where id = 4`)).toEqual([]);
  });

  test('a statement that comes after the end of its transaction is a bug that shows', async () => {
    let leaked: { query(text: string): Promise<unknown> } | null = null;
    await sql.transaction(async (transaction) => {
      leaked = transaction;
    });
    await expect((leaked as unknown as Sql).query('select 1')).rejects.toThrow(/is over/);
  });

  test('transactions that collide run again until each has happened once', async () => {
    await sql.query(`insert into ${table} values (5, 0)`);
    let runs = 0;
    const add = (handle: Sql): Promise<void> =>
      handle.transaction(
        async (transaction) => {
          runs += 1;
          const [row] = await transaction.query<{ amount: string }>(`select amount from ${table} where id = 5`);
          // Both have read before either writes, the first time.
          if (runs <= 2) await until(() => runs >= 2);
          await transaction.query(`update ${table} set amount = $1 where id = 5`, [BigInt(row?.amount ?? 0) + 1n]);
        },
        { isolation: 'serializable' },
      );
    await Promise.all([add(sql), add(other)]);
    expect(await sql.query(`select amount from ${table} where id = 5`)).toEqual([{ amount: '2' }]);
    expect(runs).toBe(3);
  });

  test('a collision that never ends is an error that says so, after three retries', async () => {
    let runs = 0;
    const collide = sql.transaction(async (transaction) => {
      runs += 1;
      await transaction.query(`do $$ begin raise exception 'made up' using errcode = '40P01'; end $$`);
    });
    await expect(collide).rejects.toMatchObject({ name: 'OutsideError', code: 'sql_contention', retryable: true });
    expect(runs).toBe(4);
  });

  test('a connection that is cut fails what ran on it, and the next statement works', async () => {
    const cut = sql.transaction(async (transaction) => {
      const [row] = await transaction.query<{ pid: number }>('select pg_backend_pid() as pid');
      await other.query('select pg_terminate_backend($1)', [row?.pid]);
      await transaction.query('select pg_sleep(30)');
    });
    await expect(cut).rejects.toMatchObject({ name: 'OutsideError', retryable: true });
    expect(await sql.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('notices arrive once for each listener, until it stops', async () => {
    const channel = `Channel ${randomUUID()}`;
    const heard: string[] = [];
    const stopA = await sql.listen(channel, (payload) => heard.push(`a:${payload}`));
    const stopB = await sql.listen(channel, (payload) => heard.push(`b:${payload}`));
    await other.query('select pg_notify($1, $2)', [channel, 'one']);
    await until(() => heard.length === 2);
    expect(heard.toSorted()).toEqual(['a:one', 'b:one']);
    await stopA();
    await other.query('select pg_notify($1, $2)', [channel, 'two']);
    await until(() => heard.length === 3);
    expect(heard.at(-1)).toBe('b:two');
    await stopB();
  });

  test('a listener whose connection is cut hears an empty notice, and then everything again', async () => {
    const channel = `cut_${randomUUID()}`;
    const heard: string[] = [];
    const stop = await sql.listen(channel, (payload) => heard.push(payload));
    await other.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query = $1`,
      [`LISTEN "${channel}"`],
    );
    await until(() => heard.includes(''));
    await other.query('select pg_notify($1, $2)', [channel, 'after']);
    await until(() => heard.includes('after'));
    await stop();
  });

  test('migrations run once each, in order, also when two instances start at once', async () => {
    const name = `m_${randomUUID().replaceAll('-', '')}`;
    const room = await writeMigrations({
      '002-more.sql': `insert into ${name} values (2); insert into ${name} values (3);`,
      '001-first.sql': `create table ${name} (id int);`,
    });
    const [a, b] = await Promise.all([migrate(sql, [room]), migrate(other, [room])]);
    expect([...a, ...b]).toEqual([`${room.room}/001-first.sql`, `${room.room}/002-more.sql`]);
    expect(await migrate(sql, [room])).toEqual([]);
    expect(await sql.query(`select id from ${name} order by id`)).toEqual([{ id: 2 }, { id: 3 }]);
    await sql.query(`drop table ${name}`);
    await rm(room.directory, { recursive: true });
  });

  test('a migration that was changed after it ran is refused, and one that fails leaves nothing', async () => {
    const room = await writeMigrations({ '001-first.sql': 'select 1;' });
    await migrate(sql, [room]);
    await writeFile(new URL('001-first.sql', room.directory), 'select 2;');
    await expect(migrate(sql, [room])).rejects.toMatchObject({ code: 'migration_changed' });
    await writeFile(new URL('001-first.sql', room.directory), 'select 1;');
    const name = `m_${randomUUID().replaceAll('-', '')}`;
    await writeFile(new URL('002-half.sql', room.directory), `create table ${name} (id int); select 1/0;`);
    await expect(migrate(sql, [room])).rejects.toThrow(/division by zero/);
    expect(await sql.query('select to_regclass($1) as found', [name])).toEqual([{ found: null }]);
    await rm(room.directory, { recursive: true });
  });

  test('says what it is, without a password', async () => {
    expect(sql.description).toMatchObject({ port: 'sql', developmentOnly: false });
    expect(sql.description.adapter).toMatch(/PostgreSQL \d+/);
    expect(JSON.stringify(sql.description)).not.toMatch(/[0-9a-f]{64}/);
  });
}
