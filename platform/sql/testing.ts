import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { migrate } from './migrate.ts';
import { createPgSql } from './pg-sql.ts';
import type { Migrations, Sql } from './port.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser URL of the PostgreSQL that the whole test run shares. */
    sqlAdminUrl: string;
  }
}

export interface TestDatabase {
  readonly sql: Sql;
  readonly url: string;
  /** Closes `sql` and drops the database, whoever is still connected. */
  drop(): Promise<void>;
}

/** Two test files of one room may hold ten connections each and leave room for eight others in the shared server. */
const TEST_POOL_MAX = 10;

const description = { port: 'sql', adapter: 'PostgreSQL of the test run', durable: false, developmentOnly: false, why: 'a test' };

async function asAdmin(statement: string): Promise<void> {
  const sql = createPgSql({ connectionString: inject('sqlAdminUrl'), place: 'the test server', poolMax: 1, description });
  try {
    await sql.query(statement);
  } finally {
    await sql.close();
  }
}

/** A fresh database in the server that the test run shares, with the rooms' migrations applied. */
export async function createTestDatabase(rooms: readonly Migrations[] = []): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(`create database ${name} template template0 strategy wal_log`);
  const url = inject('sqlAdminUrl').replace(/\/[^/]*$/, `/${name}`);
  const sql = createPgSql({ connectionString: url, place: `the test server, ${name}`, poolMax: TEST_POOL_MAX, description });
  await migrate(sql, rooms);
  return {
    sql,
    url,
    async drop() {
      await sql.close();
      await asAdmin(`drop database ${name} with (force)`);
    },
  };
}
