import { createHash } from 'node:crypto';
import { parseDecimal, refuse, type Result, succeed, uuidFromDigest } from '../../core/index.ts';
import { type DecodedEvent, decodeEvent, parseDateTime } from '../decode/index.ts';
import type { FieldMap, ImportMap } from './import-map.ts';

/** One row: columns of a CSV line (all text), or the object of a JSON line. */
export type Row = Readonly<Record<string, unknown>>;

export interface MappedRow {
  readonly event: DecodedEvent['event'];
  readonly text: string;
}

const USD_DECIMALS = 2;

function cell(row: Row, column: string): string | null {
  let value: unknown = Object.hasOwn(row, column) ? row[column] : undefined;
  if (value === undefined && column.includes('.')) {
    value = column
      .split('.')
      .reduce<unknown>(
        (at, name) => (typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Row)[name] : undefined),
        row,
      );
  }
  if (typeof value === 'string') return value === '' ? null : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function int(text: string): number | null {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

function bool(text: string): boolean | null {
  if (['1', 'true', 'yes'].includes(text.toLowerCase())) return true;
  return ['0', 'false', 'no'].includes(text.toLowerCase()) ? false : null;
}

/** A decimal as minor units, in digits; null for what is none, or has more digits after the point and is not to be rounded. */
function minorOf(text: string, decimals: number, round: boolean): string | null {
  const digits = text.split('.')[1]?.length ?? 0;
  const surplus = round ? Math.max(0, digits - decimals) : 0;
  const exact = parseDecimal(text, decimals + surplus);
  if (!exact.ok) return null;
  const scale = 10n ** BigInt(surplus);
  return ((exact.value + scale / 2n) / scale).toString();
}

function transformed(text: string, field: Extract<FieldMap, { column: string }>): string | number | boolean | null {
  switch (field.transform ?? 'string') {
    case 'string':
      return `${field.prefix ?? ''}${text}`;
    case 'int':
      return int(text);
    case 'bool':
      return bool(text);
    case 'usd_cents':
      return int(minorOf(text, USD_DECIMALS, field.round === true) ?? '');
    case 'decimal_to_minor':
      return minorOf(text, field.decimals ?? 0, field.round === true);
  }
}

/** Sets `client.ip` as the member `ip` of the object `client`. Names come from a checked map. */
function setField(data: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split('.');
  let at = data;
  for (const name of names.slice(0, -1)) {
    const inner = (Object.hasOwn(at, name) ? at[name] : {}) as Record<string, unknown>;
    at[name] = inner;
    at = inner;
  }
  at[names.at(-1) ?? path] = value;
}

function mapData(row: Row, map: ImportMap): Result<Record<string, unknown>, 'row_invalid'> {
  const data: Record<string, unknown> = {};
  for (const [path, field] of Object.entries(map.data)) {
    if ('const' in field) {
      setField(data, path, field.const);
      continue;
    }
    const text = cell(row, field.column);
    if (text === null && field.optional === true) continue;
    if (text === null) return refuse('row_invalid', `column ${field.column} is empty`);
    const value = transformed(text, field);
    if (value === null) return refuse('row_invalid', `column ${field.column} does not fit ${field.transform ?? 'string'}`);
    setField(data, path, value);
  }
  return succeed(data);
}

function timeOf(text: string, format: ImportMap['time']['format']): number | null {
  if (format === 'rfc3339') return parseDateTime(text);
  if (format === 'sql') return parseDateTime(`${text.replace(' ', 'T')}Z`);
  const unix = int(text);
  return unix === null ? null : unix * (format === 'unix_seconds' ? 1_000 : 1);
}

function idOf(row: Row, map: ImportMap): string | null {
  const cells = map.id.columns.map((column) => cell(row, column));
  if (cells.includes(null)) return null;
  return uuidFromDigest(
    createHash('sha256')
      .update(JSON.stringify([map.stream, map.source, ...cells]))
      .digest(),
  );
}

function isoTime(timeMs: number): string | null {
  return Number.isFinite(new Date(timeMs).getTime()) ? new Date(timeMs).toISOString() : null;
}

/** A row as an event of the contract, checked as the engine will check it, or why it is none: the column, never its value. */
export function mapRow(row: Row, map: ImportMap): Result<MappedRow> {
  const id = idOf(row, map);
  if (id === null) return refuse('row_invalid', `one of the columns ${map.id.columns.join(', ')} is empty`);
  const subject = cell(row, map.subject.column);
  if (subject === null) return refuse('row_invalid', `column ${map.subject.column} is empty`);
  const timeMs = timeOf(cell(row, map.time.column) ?? '', map.time.format);
  const time = timeMs === null ? null : isoTime(timeMs);
  if (time === null) return refuse('row_invalid', `column ${map.time.column} is no time of the format ${map.time.format}`);
  const data = mapData(row, map);
  if (!data.ok) return data;
  const { source, type, stream } = map;
  const named = { specversion: '1.0', id, source, type, time, subject: `${map.subject.prefix ?? ''}${subject}`, stream };
  const text = JSON.stringify({ ...named, data: data.value });
  const decoded = decodeEvent(text, { sender: source, streams: 'import', nowMs: null });
  return decoded.ok ? succeed({ event: decoded.value.event, text }) : decoded;
}
