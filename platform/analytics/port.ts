import type { AdapterDescription } from '../adapter.ts';

/** ClickHouse, in process (chDB in a child process) or by URL, both through the official client. */
export interface Analytics {
  readonly description: AdapterDescription;
  /**
   * Inserts JSON rows. `token` names the batch: the same rows under the same token count once (`insert_deduplication_token`),
   * and tables collapse rows of one key besides.
   */
  insert(table: string, rows: readonly Readonly<Record<string, unknown>>[], token: string): Promise<void>;
  /** `parameters` fill `{name:Type}` placeholders. 64-bit integers and decimals come back as strings. */
  query<Row = Record<string, unknown>>(sql: string, parameters?: Readonly<Record<string, unknown>>): Promise<Row[]>;
  /** DDL. */
  command(sql: string): Promise<void>;
  close(): Promise<void>;
}
