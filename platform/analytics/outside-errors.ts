import { OutsideError } from '../../core/index.ts';

/** ClickHouse error numbers (src/Common/ErrorCodes.cpp) that callers tell apart. Numbers are stable; the names in texts are not always last. */
const NAMED: Readonly<Record<string, string>> = {
  '6': 'row_unreadable',
  '26': 'row_unreadable',
  '27': 'row_unreadable',
  '33': 'row_unreadable',
  '38': 'row_unreadable',
  '41': 'row_unreadable',
  '53': 'row_unreadable',
  '69': 'row_unreadable',
  '72': 'row_unreadable',
  '117': 'row_unreadable',
  '130': 'row_unreadable',
  '131': 'row_unreadable',
  '349': 'row_unreadable',
  '407': 'row_unreadable',
  '441': 'row_unreadable',
  '467': 'row_unreadable',
  '636': 'row_unreadable',
  '691': 'row_unreadable',
  '675': 'row_unreadable',
  '676': 'row_unreadable',
  '16': 'column_unknown',
  '47': 'column_unknown',
  '60': 'table_unknown',
  '62': 'sql_malformed',
  '81': 'database_unknown',
  '158': 'too_many_rows',
  '164': 'read_only',
  '192': 'access_denied',
  '193': 'access_denied',
  '194': 'access_denied',
  '307': 'too_many_bytes',
  '396': 'too_many_rows',
  '456': 'parameter_missing',
  '457': 'parameter_malformed',
  '497': 'access_denied',
  '516': 'access_denied',
  '159': 'statement_timeout',
  '173': 'out_of_memory',
  '202': 'engine_busy',
  '209': 'engine_network',
  '210': 'engine_network',
  '236': 'engine_stopping',
  '241': 'out_of_memory',
  '242': 'table_read_only_now',
  '243': 'disk_full',
  '252': 'too_many_parts',
  '279': 'engine_network',
  '285': 'too_few_live_replicas',
  '319': 'insert_status_unknown',
  '394': 'statement_cancelled',
  '425': 'engine_network',
  '745': 'engine_busy',
  '999': 'keeper_away',
};

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
    const name = NAMED[code] ?? `clickhouse_${code}`;
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
