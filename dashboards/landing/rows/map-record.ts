import { LIVE_STREAM, TOPICS } from '../../../core/index.ts';
import type { StoredRecord } from '../../../platform/event-log/index.ts';
import { LANDING_LIMITS } from '../limits.ts';
import { eventRows, eventShape } from './event-row.ts';
import { asFields, firstText, formatTime } from './read-fields.ts';
import {
  actionRows,
  actionShape,
  alertRows,
  alertShape,
  deadLetterRows,
  deadLetterShape,
  labelRows,
  labelShape,
} from './report-rows.ts';
import { type TableRow, Unreadable } from './table-rows.ts';
import { verdictRows, verdictShape } from './verdict-rows.ts';

interface Shape<Message> {
  Check(value: unknown): value is Message;
  Errors(value: unknown): readonly { readonly instancePath: string; readonly message: string }[];
}

/**
 * The rows of one record of the log. A record that cannot be read becomes one row of `dead_letters`, with the reason: it never
 * stops what comes behind it. Pure: the same record gives the same rows.
 */
export function mapRecord(record: StoredRecord): TableRow[] {
  try {
    return readRecord(record);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return [landingDeadLetter(record, error.reason, error.message)];
  }
}

function readRecord(record: StoredRecord): TableRow[] {
  const value = parseJson(record.value);
  switch (record.topic) {
    case TOPICS.verdicts:
      return verdictRows(checked(verdictShape, value), record);
    case TOPICS.actions:
      return asFields(value).kind === 'alert'
        ? alertRows(checked(alertShape, value), record)
        : actionRows(checked(actionShape, value), record);
    case TOPICS.labels:
      return labelRows(checked(labelShape, value), record);
    case TOPICS.deadLetters:
      return deadLetterRows(checked(deadLetterShape, value));
    // `wallet.events` and `imports`, which carry the same envelope.
    default:
      return eventRows(checked(eventShape, value), record);
  }
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (error) {
    throw new Unreadable('not_json', error instanceof Error ? error.message : String(error));
  }
}

function checked<Message>(shape: Shape<Message>, value: unknown): Message {
  if (shape.Check(value)) return value;
  const [first] = shape.Errors(value);
  throw new Unreadable(
    'shape_unknown',
    first === undefined ? 'unexpected shape' : `${first.instancePath || '/'} ${first.message}`,
  );
}

/** A record that has no place in its table, kept where people look for such. Its id is its position in the log. */
export function landingDeadLetter(record: StoredRecord, reason: string, detail: string): TableRow {
  return {
    table: 'dead_letters',
    row: {
      stream: streamOf(record.value),
      id: `landing:${record.topic}:${record.partition}:${record.offset}`,
      stage: 'landing',
      reason,
      detail: detail.slice(0, 1_000),
      source_topic: record.topic,
      source_partition: record.partition,
      source_offset: record.offset.toString(),
      line: '0',
      at: formatTime(record.timestampMs),
      raw: record.value.slice(0, LANDING_LIMITS.rawCharactersMax),
    },
  };
}

function streamOf(value: string): string {
  try {
    const fields = asFields(JSON.parse(value));
    return firstText(fields, 'stream') || firstText(asFields(fields.body), 'stream') || LIVE_STREAM;
  } catch {
    return LIVE_STREAM;
  }
}
