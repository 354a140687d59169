import { OutsideError } from '../../core/index.ts';
import { ANALYTICS_LIMITS } from './limits.ts';

export type AnalyticsRow = Readonly<Record<string, unknown>>;

function wireValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

export interface EncodedRows {
  /** Every name that a row has: ClickHouse refuses one that the table lacks, before it reads a row. */
  readonly columns: [string, ...string[]];
  /** One JSON object a row. */
  readonly lines: string[];
}

/** Rows as lines of JSONEachRow; bigint becomes a digit string, which ClickHouse reads into every integer type without losing a digit. */
export function encodeRows(rows: readonly AnalyticsRow[]): EncodedRows {
  if (rows.length > ANALYTICS_LIMITS.insertRowsMax) throw tooLarge(`${rows.length} rows`);
  const names = new Set<string>();
  const lines: string[] = [];
  let length = 0;
  for (const row of rows) {
    for (const name of Object.keys(row)) names.add(name);
    const line = JSON.stringify(row, wireValue);
    length += line.length + 1;
    if (length > ANALYTICS_LIMITS.insertBytesMax) throw tooLarge(`more than ${ANALYTICS_LIMITS.insertBytesMax} characters`);
    lines.push(line);
  }
  const [first, ...others] = names;
  if (first === undefined) throw new TypeError('a row has at least one column');
  for (const name of names) assertName(name, 'column');
  return { columns: [first, ...others], lines };
}

function tooLarge(what: string): OutsideError {
  return new OutsideError('analytics_batch_too_large', `one insert of ${what}: send it in parts`, { retryable: false });
}

export function decodeRows<Row>(text: string): Row[] {
  const rows: Row[] = [];
  for (const line of text.split('\n')) {
    if (line !== '') rows.push(JSON.parse(line) as Row);
  }
  return rows;
}

/** Table and column names are written by us, never by a user; anything else is a bug. */
export function assertName(name: string, what: 'table' | 'column'): void {
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(name)) throw new TypeError(`not a ${what} name: ${JSON.stringify(name)}`);
}

/** Parameters in the types every transport carries alike: times as UTC text, big integers as digits. */
export function wireParameters(parameters: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, wireParameter(value)]));
}

function wireParameter(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return value.toISOString().slice(0, 23).replace('T', ' ');
  return value;
}
