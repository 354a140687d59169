import { OutsideError, type Redacted } from '../../core/index.ts';
import { createPgSql, SQL_LIMITS } from './pg-sql.ts';
import type { Sql } from './port.ts';

/** 15 is the oldest version that our migrations use features of (`unique nulls not distinct`) and that still gets fixes. */
const SERVER_VERSION_MIN = 150_000;

export interface SqlByUrlOptions {
  /** `postgres://user:password@host:port/database?sslmode=verify-full` */
  readonly url: Redacted<string> | string;
  readonly poolMax?: number;
  readonly why?: string;
}

function placeOf(connectionString: string): string {
  try {
    const url = new URL(connectionString);
    if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw new Error(`${url.protocol}// is not postgres://`);
    return `${url.hostname || 'localhost'}:${url.port || '5432'}${url.pathname}`;
  } catch (error) {
    throw new OutsideError(
      'sql_url_invalid',
      'the URL of PostgreSQL is not valid: write postgres://user:password@host:port/database',
      {
        retryable: false,
        // The cause of a failed parse holds the URL with its password, so only its message may leave.
        cause: error instanceof TypeError ? undefined : error,
      },
    );
  }
}

/**
 * PostgreSQL 15 or newer by URL. Connects once to check server and durability.
 * Throws OutsideError: `sql_url_invalid`, `sql_unreachable`, `sql_auth_failed`, `sql_database_missing`, `sql_version_unsupported`, …
 */
export async function openSqlByUrl({ url, poolMax = SQL_LIMITS.poolMax, why = 'a URL is given' }: SqlByUrlOptions): Promise<Sql> {
  const connectionString = typeof url === 'string' ? url : url.reveal();
  const place = placeOf(connectionString);
  const probe = createPgSql({
    connectionString,
    place,
    poolMax: 1,
    description: { port: 'sql', adapter: '', durable: false, developmentOnly: false, why },
  });
  try {
    const [server] = await probe.query<{ version: string; number: number; durable: boolean }>(
      `select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
              current_setting('fsync') = 'on' and current_setting('synchronous_commit') <> 'off' as durable`,
    );
    if (server === undefined || server.number < SERVER_VERSION_MIN) {
      throw new OutsideError(
        'sql_version_unsupported',
        `PostgreSQL at ${place} is ${server?.version ?? 'unknown'}: version 15 or newer is needed`,
        { retryable: false },
      );
    }
    const description = {
      port: 'sql',
      adapter: `PostgreSQL ${server.version} at ${place}`,
      durable: server.durable,
      developmentOnly: false,
      why,
    };
    return createPgSql({ connectionString, place, poolMax, description });
  } finally {
    await probe.close();
  }
}
