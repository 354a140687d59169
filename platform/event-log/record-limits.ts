import { LIMITS, OutsideError } from '../../core/index.ts';
import type { LogRecord } from './port.ts';

export const LOG_LIMITS = {
  /** Records in one call: ten times what one HTTP request may carry. */
  recordsPerProduceMax: 10_000,
  /** Bytes of the values in one call. */
  bytesPerProduceMax: 32 * 1024 * 1024,
  /** Records of one topic that wait in this process for their turn: about 50 MB of usual events, then callers are told to slow down. */
  recordsWaitingMax: 50_000,
  /** Headers carry ids and versions; Kafka counts them into the message. */
  headerBytesMax: 4 * 1024,
  /** Longest key in use is a CAIP-19 asset id with an account id. */
  keyBytesMax: 1024,
  /** Pause after the first failed batch, doubled up to the last: long enough to spare a struggling database, short enough for a login. */
  backOffMs: { first: 100, last: 5_000 },
} as const;

const NUL = '\u0000';

/** Bytes of the value. */
function assertRecord(topic: string, { key, value, headers }: LogRecord): number {
  const bytes = Buffer.byteLength(value);
  if (bytes > LIMITS.eventBytesMax) {
    throw new OutsideError(
      'record_too_large',
      `a record for ${topic} has ${bytes} bytes; at most ${LIMITS.eventBytesMax} are taken`,
      { retryable: false },
    );
  }
  const headerText = JSON.stringify(headers);
  if (Buffer.byteLength(headerText) > LOG_LIMITS.headerBytesMax || Buffer.byteLength(key) > LOG_LIMITS.keyBytesMax) {
    throw new OutsideError(
      'record_too_large',
      `a record for ${topic} has a key over ${LOG_LIMITS.keyBytesMax} bytes or headers over ${LOG_LIMITS.headerBytesMax}`,
      { retryable: false },
    );
  }
  // PostgreSQL's text holds no NUL; JSON writes it as an escape, so no honest record has one.
  if (value.includes(NUL) || key.includes(NUL))
    throw new OutsideError('record_invalid', `a record for ${topic} has a NUL character`, { retryable: false });
  return bytes;
}

/** Refuses before anything is sent, so that a batch is taken whole or not at all. Throws OutsideError `record_too_large`, `record_invalid`, `batch_too_large`. */
export function assertRecords(topic: string, records: readonly LogRecord[]): void {
  if (records.length > LOG_LIMITS.recordsPerProduceMax) {
    throw new OutsideError(
      'batch_too_large',
      `${records.length} records for ${topic} in one call; at most ${LOG_LIMITS.recordsPerProduceMax} are taken`,
      { retryable: false },
    );
  }
  let bytes = 0;
  for (const record of records) bytes += assertRecord(topic, record);
  if (bytes > LOG_LIMITS.bytesPerProduceMax) {
    throw new OutsideError(
      'batch_too_large',
      `${bytes} bytes for ${topic} in one call; at most ${LOG_LIMITS.bytesPerProduceMax} are taken`,
      { retryable: false },
    );
  }
}

/** Pause before try number `failures` + 1, milliseconds. */
export function backOffMs(failures: number): number {
  return Math.min(LOG_LIMITS.backOffMs.first * 2 ** (failures - 1), LOG_LIMITS.backOffMs.last);
}
