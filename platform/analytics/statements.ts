import { type ClickHouseClient, ClickHouseLogLevel, type ClickHouseSettings } from '@clickhouse/client';
import { ANALYTICS_LIMITS } from './limits.ts';
import type { EncodedRows } from './rows.ts';

/** What both adapters send with every statement. Without the two `quote` settings big numbers lose digits in JSON. */
const STATEMENT_SETTINGS: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  output_format_decimal_trailing_zeros: 1,
  date_time_input_format: 'best_effort',
  max_execution_time: ANALYTICS_LIMITS.executionSecondsMax,
  max_result_rows: String(ANALYTICS_LIMITS.resultRowsMax),
  max_result_bytes: String(ANALYTICS_LIMITS.resultBytesMax),
  result_overflow_mode: 'throw',
};

/**
 * The client's own JSON hook, for rows that were encoded before: encoding first is what lets a batch be measured, and in the
 * embedded adapter it happens on the other side of a process boundary.
 */
const ENCODED_ROWS = {
  parse: <Value>(text: string): Value => JSON.parse(text) as Value,
  stringify: (line: unknown): string => String(line),
};

/** Options of every client of ours. Its own log is off: each failure reaches the caller as an error, once. */
export const CLIENT_OPTIONS = { json: ENCODED_ROWS, log: { level: ClickHouseLogLevel.OFF } };

/** The three statements of the port over the official client, text in and text out. Throws what the client throws. */
export interface Statements {
  insert(table: string, rows: EncodedRows, token: string): Promise<void>;
  query(sql: string, parameters: Readonly<Record<string, unknown>>): Promise<string>;
  command(sql: string): Promise<void>;
}

export function createStatements(client: ClickHouseClient): Statements {
  return {
    async insert(table, { columns, lines }, token) {
      await client.insert({
        table,
        columns,
        values: lines,
        format: 'JSONEachRow',
        clickhouse_settings: {
          ...STATEMENT_SETTINGS,
          insert_deduplication_token: token,
          deduplicate_blocks_in_dependent_materialized_views: 1,
          input_format_skip_unknown_fields: 0,
          async_insert: 0,
        },
      });
    },
    async query(sql, parameters) {
      const answer = await client.query({
        query: sql,
        query_params: { ...parameters },
        format: 'JSONEachRow',
        // A server holds the answer back until it is whole, so that a failure half-way is a failure and not a short answer.
        clickhouse_settings: { ...STATEMENT_SETTINGS, wait_end_of_query: 1 },
      });
      return answer.text();
    },
    async command(sql) {
      // chDB's settings stay on its session, so a token of the last insert would make an `insert … select` here a duplicate of it.
      await client.command({ query: sql, clickhouse_settings: { ...STATEMENT_SETTINGS, insert_deduplication_token: '' } });
    },
  };
}
