import { TOPICS, type Verdict } from '../../core/index.ts';
import type { EventLog, LogRecord } from '../../platform/event-log/port.ts';
import type { Issued } from '../pipeline.ts';
import { createCursor } from './cursors.ts';

/** What one micro-batch has to say to the world. */
interface Unsent {
  readonly deadLetters: readonly LogRecord[];
  readonly verdicts: Promise<readonly Issued[]>;
}

/** Writes micro-batches one after the other; one that could not be written stays until it is, before any other. */
export interface Outbox {
  put(batch: Unsent): void;
  /** Micro-batches that are not durable yet. */
  readonly unsent: number;
  /** Resolves once everything put so far is durable, rejects when the log does not take it: then call it again. */
  flush(): Promise<void>;
}

/** Micro-batches between two looks at the ends of the verdict topic: bounds what a retry reads to 200 × 500 verdicts. */
const BATCHES_PER_MARK = 200;

/** `onDurable` is told the verdicts of each micro-batch, in order. */
export function createOutbox(log: EventLog, onDurable: (verdict: Verdict) => void): Outbox {
  const unsent: Unsent[] = [];
  let flushing: Promise<void> = Promise.resolve();
  let lettersWritten = false;
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
    const verdicts = await batch.verdicts;
    if (!lettersWritten && batch.deadLetters.length > 0) await log.produce(TOPICS.deadLetters, batch.deadLetters);
    lettersWritten = true;
    const durable = retry ? await durableIds() : null;
    const open = verdicts.filter(({ verdict }) => durable === null || !durable.has(verdict.body.id));
    retry = true;
    const records = open.map(({ record }) => record);
    if (records.length > 0) await log.produce(TOPICS.verdicts, records);
    lettersWritten = false;
    retry = false;
    batchesSinceMark += 1;
    unsent.shift();
    for (const { verdict } of verdicts) onDurable(verdict);
  }

  async function writeUpTo(last: Unsent | undefined): Promise<void> {
    for (let first = unsent[0]; first !== undefined && last !== undefined && unsent.includes(last); [first] = unsent) {
      if (!retry && batchesSinceMark >= BATCHES_PER_MARK) {
        marks = await ends();
        batchesSinceMark = 0;
      }
      await write(first);
    }
  }

  return {
    put(batch) {
      unsent.push(batch);
    },
    get unsent() {
      return unsent.length;
    },
    flush() {
      const last = unsent.at(-1);
      const run = flushing.then(() => writeUpTo(last));
      flushing = run.catch(() => {});
      return run;
    },
  };
}
