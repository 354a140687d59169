import { TOPICS, type Verdict } from '../../core/index.ts';
import type { EventLog, LogRecord } from '../../platform/event-log/port.ts';
import { createCursor } from './cursors.ts';

/** What one micro-batch has to say to the world. */
interface Unsent {
  deadLetters: readonly LogRecord[];
  verdicts: readonly { readonly verdict: Verdict; readonly record: LogRecord }[];
}

/** Writes micro-batches one after the other; one that could not be written stays until it is, before any other. */
export interface Outbox {
  put(unsent: Unsent): void;
  /** Resolves with the verdicts once everything put is durable, rejects when the log does not take it: then call it again. */
  flush(): Promise<readonly Verdict[]>;
}

/** Micro-batches between two looks at the ends of the verdict topic: bounds what a retry reads to 200 × 500 verdicts. */
const BATCHES_PER_MARK = 200;

export function createOutbox(log: EventLog): Outbox {
  let unsent: Unsent | null = null;
  let retry = false;
  let batchesSinceMark = Number.POSITIVE_INFINITY;
  let marks: ReadonlyMap<number, bigint> = new Map();

  async function ends(): Promise<ReadonlyMap<number, bigint>> {
    return new Map((await log.ends(TOPICS.verdicts)).map(({ partition, end }) => [partition, end]));
  }

  /** After a failure some verdicts may be durable all the same; they must not be written twice. */
  async function durableIds(): Promise<Set<string>> {
    const ids = new Set<string>();
    for (const [partition, end] of await ends()) {
      const cursor = createCursor(log, TOPICS.verdicts, partition, marks.get(partition) ?? 0n, end);
      while (!cursor.done) {
        for (const record of await cursor.next()) ids.add(record.headers.verdict_id ?? '');
      }
    }
    return ids;
  }

  /** Letters go first: a verdict settles all records before it, so a letter lost behind it would be lost for good. */
  async function write(batch: Unsent): Promise<void> {
    if (batch.deadLetters.length > 0) {
      await log.produce(TOPICS.deadLetters, batch.deadLetters);
      batch.deadLetters = [];
    }
    const durable = retry ? await durableIds() : null;
    const open = batch.verdicts.filter(({ verdict }) => durable === null || !durable.has(verdict.body.id));
    retry = true;
    const records = open.map(({ record }) => record);
    if (records.length > 0) await log.produce(TOPICS.verdicts, records);
  }

  return {
    put(batch) {
      if (unsent !== null) throw new TypeError('the batch before is not durable yet');
      unsent = batch;
    },
    async flush() {
      if (unsent === null) return [];
      if (!retry && batchesSinceMark >= BATCHES_PER_MARK) {
        marks = await ends();
        batchesSinceMark = 0;
      }
      await write(unsent);
      const verdicts = unsent.verdicts.map(({ verdict }) => verdict);
      unsent = null;
      retry = false;
      batchesSinceMark += 1;
      return verdicts;
    },
  };
}
