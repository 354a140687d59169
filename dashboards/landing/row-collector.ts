import type { Clock } from '../../core/index.ts';
import type { Analytics } from '../../platform/analytics/index.ts';
import type { StoredRecord } from '../../platform/event-log/index.ts';
import { batchToken, createRowInserter, type Entry } from './insert-rows.ts';
import { LANDING_LIMITS } from './limits.ts';
import { mapRecord } from './rows/map-record.ts';

export interface LandingStatus {
  /** Rows inserted since the start. */
  readonly rows: number;
  /** Records that landed in `dead_letters` because they could not be read. */
  readonly deadLetters: number;
  /** Unix milliseconds of the last insert that went through; null before the first. */
  readonly lastInsertAtMs: number | null;
  /** What the last insert failed with; null when it went through. */
  readonly failing: string | null;
}

/** Gathers the batches of all partitions into shared inserts, one at a time. */
export interface RowCollector {
  /** Resolves when the rows of these records are in; rejects when they are not. */
  take(records: readonly StoredRecord[]): Promise<void>;
  /** From now on nothing waits: not for company, and not between attempts. */
  hurry(): void;
  status(): LandingStatus;
}

interface Pending {
  entries: Entry[];
  batches: (readonly StoredRecord[])[];
  characters: number;
  done: PromiseWithResolvers<void>;
}

function newPending(): Pending {
  const done = Promise.withResolvers<void>();
  // Every batch awaits it; without one a failure has nobody to tell.
  done.promise.catch(() => {});
  return { entries: [], batches: [], characters: 0, done };
}

export function createRowCollector(analytics: Analytics, clock: Clock, onError: (error: unknown) => void): RowCollector {
  const hurried = Promise.withResolvers<void>();
  let hurrying = false;
  let pending = newPending();
  let timer: NodeJS.Timeout | undefined;
  let inserting = false;
  let status: LandingStatus = { rows: 0, deadLetters: 0, lastInsertAtMs: null, failing: null };
  const inserter = createRowInserter(analytics, (milliseconds) => pauseUnless(milliseconds, hurried.promise));

  const insert = async (taken: Pending): Promise<void> => {
    try {
      const setAside = await inserter.insert(taken.entries, batchToken(taken.batches));
      const unread = taken.entries.filter(({ table, row }) => table === 'dead_letters' && row.stage === 'landing').length;
      status = {
        rows: status.rows + taken.entries.length,
        deadLetters: status.deadLetters + unread + setAside,
        lastInsertAtMs: clock.now(),
        failing: null,
      };
      taken.done.resolve();
    } catch (error) {
      status = { ...status, failing: error instanceof Error ? error.message : String(error) };
      onError(error);
      taken.done.reject(error);
    }
  };
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (inserting || pending.batches.length === 0) return;
    inserting = true;
    const taken = pending;
    pending = newPending();
    await insert(taken);
    inserting = false;
    schedule();
  };
  const schedule = (): void => {
    if (inserting || pending.batches.length === 0) return;
    const full = pending.entries.length >= LANDING_LIMITS.rowsMax || pending.characters >= LANDING_LIMITS.charactersMax;
    if (full || hurrying) void flush();
    else timer ??= setTimeout(() => void flush(), LANDING_LIMITS.waitMs);
  };
  return {
    take(records) {
      if (records.length === 0) return Promise.resolve();
      for (const record of records) {
        for (const mapped of mapRecord(record)) pending.entries.push({ ...mapped, record });
        pending.characters += record.value.length;
      }
      pending.batches.push(records);
      const { promise } = pending.done;
      schedule();
      return promise;
    },
    hurry() {
      hurrying = true;
      hurried.resolve();
      void flush();
    },
    status: () => status,
  };
}

async function pauseUnless(milliseconds: number, ended: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const wait = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([wait, ended]);
  clearTimeout(timer);
}
