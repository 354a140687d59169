import type { Readable } from 'node:stream';
import { type Clock, TOPICS } from '../../core/index.ts';
import type { EventLog, LogRecord } from '../../platform/event-log/port.ts';
import { deadLetterRecord } from '../engine/dead-letters.ts';
import type { ImportMap } from './import-map.ts';
import { mapRow } from './map-row.ts';
import { type ReadRow, readRows } from './rows.ts';

export interface ImportProgress {
  /** Rows read so far. */
  readonly rows: number;
  /** Events written to the `imports` topic. */
  readonly published: number;
  /** Rows that are dead letters now. */
  readonly refused: number;
}

export interface ImportOptions {
  /** The file's bytes, UTF-8. */
  readonly input: Readable;
  readonly format: 'csv' | 'ndjson';
  readonly map: ImportMap;
  readonly log: EventLog;
  readonly clock: Clock;
  /** Told after each batch. */
  onProgress?(progress: ImportProgress): void;
}

/** Rows written at a time: at about 500 bytes each, half a megabyte, and the pace at which the embedded log is fastest. */
const BATCH_ROWS = 1_000;

/** The `source_topic` of dead letters of rows: they never were on a topic, and their `offset` is a line. */
const FILE = 'import-file';

type Converted = { readonly ok: true; readonly record: LogRecord } | { readonly ok: false; readonly letter: LogRecord };

function convert(read: ReadRow, { map, clock }: ImportOptions): Converted {
  const mapped = read.row === null ? null : mapRow(read.row, map);
  if (mapped?.ok === true) {
    const { event, text } = mapped.value;
    const headers = { source: event.source, type: event.type, stream: event.stream, event_id: event.id };
    return { ok: true, record: { key: event.subject, value: text, headers } };
  }
  const problem = read.row === null ? { code: 'row_unreadable', message: read.problem } : mapped?.refusal;
  const { code = 'row_invalid', message = 'the row does not fit' } = problem ?? {};
  const origin = { topic: FILE, partition: 0, offset: `${read.line}`, raw: read.raw, stream: map.stream };
  const cause = { stage: 'import' as const, reason: code, detail: `line ${read.line}: ${message}` };
  return { ok: false, letter: deadLetterRecord(origin, cause, clock.now()) };
}

/**
 * Reads a file into the `imports` topic, in the order of its lines, as a stream of its own. Bad rows become dead letters with their line
 * number. Ids are derived from the rows: run again, the engine drops what it has judged. Reading waits for writing, so memory
 * does not grow with the file. Throws OutsideError of the log and errors of the input.
 */
export async function importFile(options: ImportOptions): Promise<ImportProgress> {
  const { log } = options;
  const counts = { rows: 0, published: 0, refused: 0 };
  let events: LogRecord[] = [];
  let letters: LogRecord[] = [];

  async function write(): Promise<void> {
    if (letters.length > 0) await log.produce(TOPICS.deadLetters, letters);
    if (events.length > 0) await log.produce(TOPICS.imports, events);
    counts.published += events.length;
    counts.refused += letters.length;
    events = [];
    letters = [];
    options.onProgress?.({ ...counts });
  }

  for await (const read of readRows(options.input, options.format)) {
    const converted = convert(read, options);
    counts.rows += 1;
    if (converted.ok) events.push(converted.record);
    else letters.push(converted.letter);
    if (events.length + letters.length >= BATCH_ROWS) await write();
  }
  await write();
  return counts;
}
