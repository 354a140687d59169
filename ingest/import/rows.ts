import { createInterface } from 'node:readline';
import { pipeline, type Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { LIMITS, OutsideError } from '../../core/index.ts';
import type { Row } from './map-row.ts';

/** A row of the file, or a line that is none. `line` counts from 1, the header line of a CSV included. */
export type ReadRow =
  | { readonly line: number; readonly row: Row; readonly raw: string }
  | { readonly line: number; readonly row: null; readonly raw: string; readonly problem: string };

interface CsvItem {
  readonly record: Record<string, string>;
  readonly info: { readonly lines: number };
}

/** Unreadable rows that may wait for the next readable one: 10,000 × 10,000 characters bound them at 200 MB. */
const UNREADABLE_MAX = 10_000;
const RAW_MAX = 10_000;

function unreadable(line: number): OutsideError {
  const message = `line ${line}: ${UNREADABLE_MAX} rows in a row could not be read: is this a CSV with a header line?`;
  return new OutsideError('import_unreadable', message, { retryable: false });
}

/** Rows of a CSV (RFC 4180) with a header line. Memory is bounded by the stream's own buffers: the file waits for the reader. */
async function* csvRows(input: Readable): AsyncGenerator<ReadRow> {
  const skipped: ReadRow[] = [];
  const parser = parse({
    columns: true,
    bom: true,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    // A quote left open must not swallow the file: a record ends at the size of an event.
    max_record_size: LIMITS.eventBytesMax,
    on_skip(error, raw) {
      const line = error !== undefined && 'lines' in error && typeof error.lines === 'number' ? error.lines : 0;
      skipped.push({ line, row: null, raw: (raw ?? '').slice(0, RAW_MAX), problem: error?.message ?? 'the line is no CSV' });
      if (skipped.length > UNREADABLE_MAX) parser.destroy(unreadable(line));
      return undefined;
    },
  });
  // A failure of the input ends the parser with the same error, which the loop below then throws.
  pipeline(input, parser, () => {});
  for await (const { record, info } of parser as AsyncIterable<CsvItem>) {
    yield* skipped.splice(0);
    yield { line: info.lines, row: record, raw: JSON.stringify(record) };
  }
  yield* skipped;
}

async function* jsonRows(input: Readable): AsyncGenerator<ReadRow> {
  let line = 0;
  for await (const raw of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (raw.trim() === '') continue;
    yield readJsonLine(line, raw);
  }
}

function readJsonLine(line: number, raw: string): ReadRow {
  if (raw.length > LIMITS.eventBytesMax)
    return { line, row: null, raw, problem: `the line has more than ${LIMITS.eventBytesMax} characters` };
  try {
    const row: unknown = JSON.parse(raw);
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return { line, row: row as Row, raw };
  } catch {
    return { line, row: null, raw, problem: 'the line is no JSON' };
  }
  return { line, row: null, raw, problem: 'the line is no JSON object' };
}

/** Rows of a file, one after the other. Throws what the stream throws. */
export function readRows(input: Readable, format: 'csv' | 'ndjson'): AsyncGenerator<ReadRow> {
  return format === 'csv' ? csvRows(input) : jsonRows(input);
}
