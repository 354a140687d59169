import type { AdapterDescription } from '../adapter.ts';

/** A row as the driver parses it: int8 as bigint, numeric as string, timestamptz as Date, jsonb as JSON, bytea as Buffer. */
export type SqlRow = Record<string, unknown>;

/** Where statements run: the pool (each its own transaction) or one open transaction. Parameters are `$1`, `$2`, …; bigint is accepted. */
export interface SqlExecutor {
  query<Row extends SqlRow = SqlRow>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** One open transaction. Passing it on means: this write stands or falls with the caller's. */
export interface SqlTransaction extends SqlExecutor {
  /** Runs `effect` after the commit is acknowledged; never when the transaction rolls back. For waking others, not for effects that must happen. */
  afterCommit(effect: () => void): void;
}

/** PostgreSQL, embedded or by URL. */
export interface Sql extends SqlExecutor {
  readonly description: AdapterDescription;
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it throws. Retries serialization failures and
   * deadlocks (SQLSTATE 40001, 40P01) up to three times, so `work` must have no effect outside the transaction.
   */
  transaction<Value>(
    work: (transaction: SqlTransaction) => Promise<Value>,
    options?: { isolation?: 'read committed' | 'repeatable read' | 'serializable' },
  ): Promise<Value>;
  /** LISTEN; survives a lost connection (calls `onNotify('')` after each reconnect, since notices may have been missed). */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** A room's schema: files `NNN-name.sql` in `directory`, run once each in order; a file changed after it ran is refused. */
export interface Migrations {
  readonly room: string;
  readonly directory: URL;
}
