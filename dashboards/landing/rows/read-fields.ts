import { parseMinor } from '../../../core/index.ts';
import { Unreadable } from './table-rows.ts';

/** DateTime64 holds 1900 to 2299 (ClickHouse documentation); what is outside of this century is a wrong clock. */
const TIME_MIN = Date.UTC(2000, 0, 1);
const TIME_MAX = Date.UTC(2100, 0, 1);
const UINT64_MAX = 2n ** 64n - 1n;
/** Decimal(18, 2) has sixteen digits before the point; a JavaScript number has fifteen that are sure. */
const USD_MAX = 1e15;

export type Fields = Readonly<Record<string, unknown>>;

export function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** A dimension: text as it is, numbers and booleans as text, anything else as nothing. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** The first of the named fields that says something. */
export function firstText(fields: Fields, ...names: readonly string[]): string {
  for (const name of names) {
    const value = text(fields[name]);
    if (value !== '') return value;
  }
  return '';
}

export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text).filter((each) => each !== '') : [];
}

/** RFC 3339 to ClickHouse's text of UTC milliseconds. */
export function time(value: unknown, name: string): string {
  const milliseconds = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (!(milliseconds >= TIME_MIN && milliseconds < TIME_MAX)) {
    throw new Unreadable('time_unreadable', `${name} is no time between 2000 and 2100: ${JSON.stringify(value)}`);
  }
  return formatTime(milliseconds);
}

export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 23).replace('T', ' ');
}

/** Minor units, null where there are none. ClickHouse would wrap a number above 2^256 − 1 around in silence, so it is refused here. */
export function amount(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const parsed = parseMinor(value);
  if (!parsed.ok) throw new Unreadable('amount_unreadable', parsed.refusal.message);
  return parsed.value.toString();
}

/** US cents, a whole number, as dollars with two places; null where unknown. */
export function usdOfCents(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new Unreadable('amount_unreadable', `amount_usd_cents is no whole number of cents: ${JSON.stringify(value)}`);
  }
  return `${Math.trunc(value / 100)}.${String(value % 100).padStart(2, '0')}`;
}

/** Dollars as a fact of the engine, a number. For figures only. */
export function usdOfFact(value: unknown): string | null {
  return typeof value === 'number' && Math.abs(value) < USD_MAX ? value.toFixed(2) : null;
}

/** An unsigned 64-bit number out of digits or a whole number; 0 where it is missing. */
export function uint64(value: unknown, name: string): string {
  if (value === undefined || value === null) return '0';
  const digits = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof digits !== 'string' || !/^\d{1,20}$/.test(digits) || BigInt(digits) > UINT64_MAX) {
    throw new Unreadable('number_unreadable', `${name} is no 64-bit number: ${JSON.stringify(value)}`);
  }
  return BigInt(digits).toString();
}
