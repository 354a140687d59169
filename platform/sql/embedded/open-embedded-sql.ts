import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Redacted } from '../../../core/index.ts';
import { createPgSql, SQL_LIMITS } from '../pg-sql.ts';
import type { Sql } from '../port.ts';
import { findBinaries } from './binaries.ts';
import { initialise, inspect, MAJOR_VERSION, type Place, setPassword, SUPERUSER } from './cluster.ts';
import { claimFolder } from '../../process/index.ts';
import { type Postmaster, startPostmaster, stopOrphan } from './postmaster.ts';
import { chooseUser } from './unprivileged-user.ts';

export interface EmbeddedSqlOptions {
  /** Made where missing. Holds `cluster/` (PostgreSQL's own), `password` and, while in use, `owner.json`. */
  readonly dataDirectory: string;
  readonly database?: string;
  readonly poolMax?: number;
  /** Lines that the server writes (warnings and worse). */
  readonly onLog?: (line: string) => void;
  /** The server ended although nobody stopped it; statements fail with `sql_unreachable` from here on. */
  readonly onUnexpectedExit?: (status: number | string) => void;
  readonly why?: string;
  /** Server settings over the defaults below, as in `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedSql {
  readonly sql: Sql;
  /** For others that need a connection of their own (a dump, a test); only from this machine. */
  readonly url: Redacted<string>;
  readonly pid: number;
  /** Closes the pool, then stops the server in order. */
  stop(): Promise<void>;
}

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  /** Four pools of the default size, listeners, and a person. */
  max_connections: '100',
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
  /** Our statements are short: compiling one costs more than running it. */
  jit: 'off',
};

async function readPassword(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text !== null && /^[0-9a-f]{64}$/.test(text) ? text : null;
}

/** A cluster with a password that we know. Whoever reads the data folder owns the data, so a lost password is set anew. */
async function prepare(place: Place, folder: string, sync: boolean): Promise<string> {
  const cluster = join(folder, 'cluster');
  const file = join(folder, 'password');
  const known = await readPassword(file);
  const state = await inspect(cluster);
  if (known !== null && state === 'whole') return known;
  const password = randomBytes(32).toString('hex');
  if (state === 'absent') await initialise(place, cluster, password, sync);
  else await setPassword(place, cluster, password);
  await rm(file, { force: true });
  await writeFile(file, password, { mode: 0o600 });
  return password;
}

async function ensureDatabase(connectionString: string, place: string, database: string): Promise<void> {
  const description = { port: 'sql', adapter: '', durable: true, developmentOnly: false, why: '' };
  const sql = createPgSql({ connectionString, place, poolMax: 1, description });
  try {
    const found = await sql.query('select 1 as one from pg_database where datname = $1', [database]);
    if (found.length === 0) await sql.query(`create database "${database}"`);
  } finally {
    await sql.close();
  }
}

async function connect(
  options: EmbeddedSqlOptions,
  postmaster: Postmaster,
  password: string,
): Promise<{ sql: Sql; url: string }> {
  const { database = 'bulwark', poolMax = SQL_LIMITS.poolMax, why = 'no SQL_URL is given', settings } = options;
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(database)) throw new Error(`${database} is no plain database name`);
  const urlOf = (name: string): string => `postgres://${SUPERUSER}:${password}@127.0.0.1:${postmaster.port}/${name}`;
  const place = `127.0.0.1:${postmaster.port} (embedded, data in ${options.dataDirectory})`;
  await ensureDatabase(urlOf('postgres'), place, database);
  const url = urlOf(database);
  const description = {
    port: 'sql',
    adapter: `embedded PostgreSQL ${MAJOR_VERSION}, data in ${options.dataDirectory}`,
    durable: settings?.fsync !== 'off' && settings?.synchronous_commit !== 'off',
    developmentOnly: false,
    why,
  };
  return { sql: createPgSql({ connectionString: url, place, poolMax, description }), url };
}

/**
 * PostgreSQL 18 of npm as a child of this process, its data in `dataDirectory`. Survives a kill of this process: the next start
 * stops the orphan and goes on. Throws OutsideError: `data_in_use` (another live instance), `data_corrupt`,
 * `data_version_unsupported`, `data_not_owned`, `no_unprivileged_user`, `sql_binaries_missing`, `sql_start_failed`.
 */
export async function openEmbeddedSql(options: EmbeddedSqlOptions): Promise<EmbeddedSql> {
  const folder = resolve(options.dataDirectory);
  const cluster = join(folder, 'cluster');
  await mkdir(folder, { recursive: true });
  const letGo = await claimFolder(folder);
  let postmaster: Postmaster | null = null;
  try {
    const user = await chooseUser(cluster);
    const place: Place = { binaries: await findBinaries(user), user, onLog: options.onLog ?? (() => {}) };
    await stopOrphan(cluster);
    const settings = { ...SETTINGS, ...options.settings };
    const password = await prepare(place, folder, settings.fsync !== 'off');
    const server = await startPostmaster(place, cluster, settings);
    postmaster = server;
    let stopping = false;
    const watch = async (): Promise<void> => {
      const status = await server.exit;
      if (!stopping) options.onUnexpectedExit?.(status);
    };
    void watch();
    const { sql, url } = await connect(options, server, password);
    return {
      sql,
      url: new Redacted(url),
      pid: server.pid,
      async stop() {
        stopping = true;
        await sql.close();
        await server.stop();
        await letGo();
      },
    };
  } catch (error) {
    await postmaster?.stop();
    await letGo();
    throw error;
  }
}
