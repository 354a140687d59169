import { OutsideError } from '../../core/index.ts';

/**
 * ClickHouse error numbers (`errorCodeToName`) that callers tell apart. Numbers are stable, and they are what both transports give
 * reliably: the name in the text is sometimes that of something else.
 */
const NUMBERS: Readonly<Record<string, readonly number[]>> = {
  row_unreadable: [
    6, 25, 26, 27, 33, 38, 41, 53, 69, 70, 72, 117, 120, 130, 131, 321, 349, 376, 407, 441, 467, 469, 632, 675, 676, 691,
  ],
  column_unknown: [16, 47],
  table_unknown: [60],
  database_unknown: [81],
  sql_malformed: [62],
  too_many_rows: [158, 396],
  too_many_bytes: [307],
  read_only: [164],
  access_denied: [192, 193, 194, 497, 516],
  parameter_missing: [456],
  parameter_malformed: [457],
  statement_timeout: [159],
  out_of_memory: [173, 241],
  engine_busy: [202, 745],
  engine_network: [209, 210, 279, 425],
  engine_stopping: [236],
  table_read_only_now: [242],
  disk_full: [243],
  too_many_parts: [252],
  too_few_live_replicas: [285],
  insert_status_unknown: [319],
  statement_cancelled: [394],
  keeper_away: [999],
};
const NAMED: ReadonlyMap<string, string> = new Map(
  Object.entries(NUMBERS).flatMap(([name, numbers]) => numbers.map((number) => [String(number), name] as const)),
);

const RETRYABLE = new Set([
  'statement_timeout',
  'out_of_memory',
  'engine_busy',
  'engine_network',
  'engine_stopping',
  'table_read_only_now',
  'disk_full',
  'too_many_parts',
  'too_few_live_replicas',
  'insert_status_unknown',
  'statement_cancelled',
  'keeper_away',
]);

/** One message may carry a piece of the rows; a log line should not. */
const MESSAGE_CHARS_MAX = 500;

function clip(text: string): string {
  return text.length <= MESSAGE_CHARS_MAX ? text : `${text.slice(0, MESSAGE_CHARS_MAX)}…`;
}

function textField(error: object, field: 'code' | 'message' | 'type'): string | undefined {
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}

/**
 * Any error of the client, the engine or the network, as an OutsideError. Both clients' `ClickHouseError` classes are met here
 * (`@clickhouse/client` and chDB carry a copy each), so the shape decides, not the class.
 */
export function toOutsideError(error: unknown, where: string): OutsideError {
  if (error instanceof OutsideError) return error;
  if (typeof error !== 'object' || error === null) {
    return new OutsideError('analytics_failed', `${where}: ${clip(String(error))}`, { retryable: true, cause: error });
  }
  const code = textField(error, 'code') ?? '';
  const message = clip(textField(error, 'message') ?? 'an error without a message');
  if (/^\d+$/.test(code)) {
    const name = NAMED.get(code) ?? `clickhouse_${code}`;
    return new OutsideError(name, `${where}: ${message} (ClickHouse error ${code})`, {
      retryable: RETRYABLE.has(name),
      cause: error,
    });
  }
  return new OutsideError('analytics_unreachable', `${where}: ${[code, message].filter((part) => part !== '').join(' ')}`, {
    retryable: true,
    cause: error,
  });
}
