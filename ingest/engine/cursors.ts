import type { EventLog, StoredRecord } from '../../platform/event-log/port.ts';

/** Records read at a time: 500 × 64 KiB bounds a cursor at 32 MiB, and one read of the embedded log takes about 2 ms. */
const READ_MAX = 500;

/** Reads one partition forward from `from` up to (not including) `end`. */
export interface Cursor {
  /** The next records, or none at the end. */
  next(): Promise<readonly StoredRecord[]>;
  readonly done: boolean;
  /** When the log took the last record read, Unix milliseconds. */
  readonly readUpToMs: number;
}

export function createCursor(log: EventLog, topic: string, partition: number, from: bigint, end: bigint): Cursor {
  let position = from;
  let readUpToMs = 0;
  return {
    async next() {
      if (position >= end) return [];
      const records = (await log.read(topic, partition, position, READ_MAX)).filter((record) => record.offset < end);
      const last = records.at(-1);
      position = last === undefined ? end : last.offset + 1n;
      readUpToMs = last?.timestampMs ?? readUpToMs;
      return records;
    },
    get done() {
      return position >= end;
    },
    get readUpToMs() {
      return readUpToMs;
    },
  };
}

/** Fetches single records at rising offsets, reading ahead. */
export interface Finder {
  /** The record at `offset`, or null where the log no longer holds it. */
  at(topic: string, partition: number, offset: bigint): Promise<StoredRecord | null>;
}

export function createFinder(log: EventLog): Finder {
  const ahead = new Map<string, { records: readonly StoredRecord[]; index: number }>();
  return {
    async at(topic, partition, offset) {
      const key = `${topic}/${partition}`;
      let buffer = ahead.get(key);
      const last = buffer?.records.at(-1);
      const first = buffer?.records[buffer.index];
      if (buffer === undefined || last === undefined || first === undefined || offset > last.offset || offset < first.offset) {
        buffer = { records: await log.read(topic, partition, offset, READ_MAX), index: 0 };
        ahead.set(key, buffer);
      }
      while ((buffer.records[buffer.index]?.offset ?? offset) < offset) buffer.index += 1;
      const found = buffer.records[buffer.index];
      return found?.offset === offset ? found : null;
    },
  };
}
