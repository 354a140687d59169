import { LIVE_STREAM } from '../../../core/index.ts';
import { formatTime } from '../rows/read-fields.ts';
import { type Page, QUERY_ROWS_MAX, type Span } from './shapes.ts';

export const AT = "DateTime64(3, 'UTC')";

export function rowLimit(limit = 100): number {
  return Math.max(1, Math.min(QUERY_ROWS_MAX, Math.trunc(limit)));
}

/** The end of time where no page was asked for. */
const FOREVER_MS = Date.UTC(2100, 0, 1);

export function pageParameters({ stream = LIVE_STREAM, beforeMs = FOREVER_MS, limit }: Page): Record<string, unknown> {
  return { stream, before: formatTime(beforeMs), limit: rowLimit(limit) };
}

export function spanParameters({ stream = LIVE_STREAM, fromMs, toMs }: Span): Record<string, unknown> {
  return { stream, from: formatTime(fromMs), to: formatTime(toMs) };
}
