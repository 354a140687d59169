import pg from 'pg';
import { SECOND_MS } from '../../core/index.ts';
import type { AdapterDescription } from '../adapter.ts';
import { createListener } from './listener.ts';
import type { Sql, SqlRow, SqlTransaction } from './port.ts';
import { sqlState, toOutsideError } from './sql-errors.ts';
import { typeParsers } from './type-parsers.ts';

export const SQL_LIMITS = {
  /** Connections of one pool: PostgreSQL's default `max_connections` of 100 leaves room for four instances and a person. */
  poolMax: 20,
  /** Longer than a restart of the server takes, shorter than a person's patience. */
  connectMs: 10 * SECOND_MS,
  /** Our slowest honest statement (a report over a day) takes seconds; a minute means a missing index. */
  statementMs: 60 * SECOND_MS,
  /** An open transaction holds row locks that others wait for. */
  idleInTransactionMs: 30 * SECOND_MS,
  /** Retries of a transaction that lost against others; the fourth collision in a row is a hot spot that someone must look at. */
  retryCountMax: 3,
} as const;

export interface PgSqlOptions {
  readonly connectionString: string;
  /** For messages: host, port and database, never credentials. */
  readonly place: string;
  readonly description: AdapterDescription;
  readonly poolMax: number;
}

const BEGIN = {
  'read committed': 'BEGIN ISOLATION LEVEL READ COMMITTED',
  'repeatable read': 'BEGIN ISOLATION LEVEL REPEATABLE READ',
  serializable: 'BEGIN ISOLATION LEVEL SERIALIZABLE',
} as const;

const RETRIED_STATES: ReadonlySet<string | null> = new Set(['40001', '40P01']);

function runAfterCommit(effects: readonly (() => void)[]): void {
  for (const effect of effects) {
    try {
      effect();
    } catch (error) {
      // The commit stands whatever the effect does, so its bug must not look like a failed transaction: it crashes by itself.
      process.nextTick(() => {
        throw error;
      });
    }
  }
}

interface OpenTransaction {
  readonly transaction: SqlTransaction;
  readonly effects: (() => void)[];
  close(): void;
}

function openTransaction(client: pg.PoolClient): OpenTransaction {
  const effects: (() => void)[] = [];
  let open = true;
  const assertOpen = (): void => {
    if (!open) throw new Error('this transaction is over: a statement was not awaited inside it');
  };
  return {
    effects,
    close: () => {
      open = false;
    },
    transaction: {
      async query<Row extends SqlRow>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
        assertOpen();
        return (await client.query<Row>(text, [...parameters])).rows;
      },
      afterCommit(effect) {
        assertOpen();
        effects.push(effect);
      },
    },
  };
}

async function attempt<Value>(
  client: pg.PoolClient,
  begin: string,
  work: (transaction: SqlTransaction) => Promise<Value>,
): Promise<Value> {
  const opened = openTransaction(client);
  let value: Value;
  try {
    await client.query(begin);
    value = await work(opened.transaction);
  } finally {
    opened.close();
  }
  // PostgreSQL answers COMMIT with ROLLBACK when an earlier statement failed and somebody swallowed its error.
  const answer = await client.query('COMMIT');
  if (answer.command !== 'COMMIT')
    throw new Error('the transaction was rolled back: the error of an earlier statement was caught inside it');
  runAfterCommit(opened.effects);
  return value;
}

/** Gives the client back to the pool in a clean state, or destroys it. */
async function giveBack(client: pg.PoolClient, failed: boolean): Promise<void> {
  if (!failed) return client.release();
  try {
    await client.query('ROLLBACK');
    client.release();
  } catch {
    client.release(true);
  }
}

/** `Sql` over a pool of `pg`; connects on first use. */
export function createPgSql(options: PgSqlOptions): Sql {
  const config: pg.ClientConfig = {
    connectionString: options.connectionString,
    types: typeParsers,
    application_name: 'bulwark',
    keepAlive: true,
    connectionTimeoutMillis: SQL_LIMITS.connectMs,
  };
  const pool = new pg.Pool({
    ...config,
    max: options.poolMax,
    statement_timeout: SQL_LIMITS.statementMs,
    idle_in_transaction_session_timeout: SQL_LIMITS.idleInTransactionMs,
  });
  // A connection that dies while idle is replaced by the pool; one that dies in use fails the statement that used it.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const listener = createListener(config, options.place);

  const outside = (error: unknown): unknown => toOutsideError(error, options.place);

  async function once<Value>(begin: string, work: (transaction: SqlTransaction) => Promise<Value>): Promise<Value> {
    const client = await pool.connect();
    let failed = true;
    try {
      const value = await attempt(client, begin, work);
      failed = false;
      return value;
    } finally {
      await giveBack(client, failed);
    }
  }

  return {
    description: options.description,
    async query<Row extends SqlRow>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
      try {
        return (await pool.query<Row>(text, [...parameters])).rows;
      } catch (error) {
        throw outside(error);
      }
    },
    async transaction(work, { isolation = 'read committed' } = {}) {
      for (let retries = 0; ; retries += 1) {
        try {
          return await once(BEGIN[isolation], work);
        } catch (error) {
          if (retries === SQL_LIMITS.retryCountMax || !RETRIED_STATES.has(sqlState(error))) throw outside(error);
        }
      }
    },
    listen: (channel, onNotify) => listener.listen(channel, onNotify),
    async close() {
      await listener.close();
      if (!pool.ended) await pool.end();
    },
  };
}
