import { createHash } from 'node:crypto';
import { uuidFromDigest } from '../../core/index.ts';
import type { LogRecord, StoredRecord } from '../../platform/event-log/port.ts';
import type { DeadLetterCause } from './step.ts';

/** The value of a record of the `dead-letters` topic. */
export interface DeadLetter {
  /** Derived from where it was, so that a letter written again after a crash has the same id. */
  readonly id: string;
  readonly stage: string;
  readonly reason: string;
  readonly detail: string;
  readonly source_topic: string;
  readonly partition: number;
  /** Offset of the source record; of an import, the line of the file. */
  readonly offset: string;
  /** The text that was refused, cut at `RAW_CHARACTERS_MAX`; whole in the source topic. */
  readonly raw: string;
  readonly raw_truncated: boolean;
  /** When it was refused, RFC 3339. */
  readonly at: string;
  readonly stream: string | null;
}

/** JSON may spell one UTF-16 unit with six bytes: 9,000 × 6 stay under the 64 KiB of one record with its other fields. */
const RAW_CHARACTERS_MAX = 9_000;

export interface LetterOrigin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly raw: string;
  readonly stream: string | null;
}

/** The record that says why something was refused, and where the original is. */
export function deadLetterRecord(origin: LetterOrigin, cause: DeadLetterCause, atMs: number): LogRecord {
  const place = `${origin.topic}|${origin.partition}|${origin.offset}|${origin.stream ?? ''}`;
  const raw = origin.raw.slice(0, RAW_CHARACTERS_MAX).toWellFormed();
  const letter: DeadLetter = {
    id: uuidFromDigest(createHash('sha256').update(place).digest()),
    stage: cause.stage,
    reason: cause.reason,
    detail: cause.detail.slice(0, 1_000),
    source_topic: origin.topic,
    partition: origin.partition,
    offset: origin.offset,
    raw: raw.replaceAll('\u0000', '\ufffd'),
    raw_truncated: raw.length < origin.raw.length,
    at: new Date(atMs).toISOString(),
    stream: origin.stream,
  };
  return { key: letter.id, value: JSON.stringify(letter), headers: { type: 'dead-letter', reason: cause.reason } };
}

/** Where a refused record was. Its stream is unknown where it could not be read. */
export function originOf(record: StoredRecord): LetterOrigin {
  const { topic, partition, offset, value } = record;
  return { topic, partition, offset: offset.toString(), raw: value, stream: record.headers.stream ?? null };
}
