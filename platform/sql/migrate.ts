import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { OutsideError } from '../../core/index.ts';
import type { Migrations, Sql, SqlTransaction } from './port.ts';

const FILE_PATTERN = /^\d{3}-[a-z0-9-]+\.sql$/;

/** Any number that nobody else locks; the same in every instance, so that only one migrates at a time. */
const LOCK_KEY = 0x62756c7761726bn;

interface MigrationFile {
  readonly room: string;
  readonly file: string;
  readonly text: string;
  readonly sha256: string;
}

async function readMigrations({ room, directory }: Migrations): Promise<MigrationFile[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).toSorted();
  const wrong = names.find((name) => !FILE_PATTERN.test(name));
  if (wrong !== undefined) throw new Error(`migration ${room}/${wrong} is not named NNN-name.sql`);
  return Promise.all(
    names.map(async (file) => {
      const text = await readFile(new URL(file, directory), 'utf8');
      return { room, file, text, sha256: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

async function applyOne(transaction: SqlTransaction, migration: MigrationFile): Promise<boolean> {
  const { room, file, text, sha256 } = migration;
  const [applied] = await transaction.query<{ sha256: string }>(
    'select sha256 from public.bulwark_migrations where room = $1 and file = $2',
    [room, file],
  );
  if (applied === undefined) {
    await transaction.query(text);
    await transaction.query('insert into public.bulwark_migrations (room, file, sha256) values ($1, $2, $3)', [
      room,
      file,
      sha256,
    ]);
    return true;
  }
  if (applied.sha256 !== sha256) {
    throw new OutsideError(
      'migration_changed',
      `migration ${room}/${file} was changed after it ran here: restore the file, and put the change into a new one`,
      { retryable: false },
    );
  }
  return false;
}

/**
 * Brings the rooms' schemas up to date, in the order given, in one transaction: all or nothing. Safe to run by several instances
 * at once. Returns the names of the files that ran. Throws OutsideError `migration_changed`.
 */
export async function migrate(sql: Sql, rooms: readonly Migrations[]): Promise<string[]> {
  const files = (await Promise.all(rooms.map(readMigrations))).flat();
  return sql.transaction(async (transaction) => {
    // Building an index over years of rows, or waiting for another instance to do so, may take longer than any other statement.
    await transaction.query('set local statement_timeout = 0');
    await transaction.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
    await transaction.query(
      `create table if not exists public.bulwark_migrations (
         room text not null, file text not null, sha256 text not null, applied_at timestamptz not null default now(),
         primary key (room, file))`,
    );
    const ran: string[] = [];
    for (const file of files) if (await applyOne(transaction, file)) ran.push(`${file.room}/${file.file}`);
    return ran;
  });
}
