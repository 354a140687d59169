import { createHash } from 'node:crypto';
import { OutsideError } from '../../core/index.ts';
import type { Analytics } from '../../platform/analytics/index.ts';
import type { StoredRecord } from '../../platform/event-log/index.ts';
import { LANDING_LIMITS } from './limits.ts';
import { landingDeadLetter } from './rows/map-record.ts';
import { type Table, TABLES, type TableRow } from './rows/table-rows.ts';

/** A row and the record it came from. */
export interface Entry extends TableRow {
  readonly record: StoredRecord;
}

export interface RowInserter {
  /** Inserts the rows table by table; resolves with how many of them went to `dead_letters` because ClickHouse refused them. */
  insert(entries: readonly Entry[], token: string): Promise<number>;
}

/** What `insert` needs to wait between attempts; resolves early when the landing stops. */
type Pause = (milliseconds: number) => Promise<void>;

/** The name of a batch: which records are in it, `topic:partition:first-last`. The same records make the same name. */
export function batchToken(batches: readonly (readonly StoredRecord[])[]): string {
  const parts = batches
    .map((records) => {
      const [first, last] = [records[0], records.at(-1)];
      return first === undefined || last === undefined ? '' : `${first.topic}:${first.partition}:${first.offset}-${last.offset}`;
    })
    .toSorted();
  const name = parts.join(',');
  return name.length <= LANDING_LIMITS.tokenCharactersMax ? name : createHash('sha256').update(name).digest('hex');
}

export function createRowInserter(analytics: Analytics, pause: Pause): RowInserter {
  const attempt = async (table: Table, entries: readonly Entry[], token: string): Promise<void> => {
    const rows = entries.map(({ row }) => row);
    for (let tries = 1; ; tries += 1) {
      try {
        return await analytics.insert(table, rows, token);
      } catch (error) {
        const again = error instanceof OutsideError && error.retryable && tries < LANDING_LIMITS.attemptsMax;
        if (!again) throw error;
        await pause(LANDING_LIMITS.pauseMs * 2 ** (tries - 1));
      }
    }
  };
  // A row that ClickHouse refuses is found by halving, so that it alone is set aside: log₂(5,000) is 13 steps.
  const insertOrSetAside = async (table: Table, entries: readonly Entry[], token: string): Promise<number> => {
    try {
      await attempt(table, entries, token);
      return 0;
    } catch (error) {
      if (!isTheRowsFault(error) || table === 'dead_letters') throw error;
      const [only] = entries;
      if (entries.length === 1 && only !== undefined) {
        const letter = landingDeadLetter(only.record, error.code, error.message);
        await attempt('dead_letters', [{ ...letter, record: only.record }], `${token}/set-aside`);
        return 1;
      }
      const middle = Math.ceil(entries.length / 2);
      const first = await insertOrSetAside(table, entries.slice(0, middle), `${token}/0`);
      return first + (await insertOrSetAside(table, entries.slice(middle), `${token}/1`));
    }
  };
  return {
    async insert(entries, token) {
      let setAside = 0;
      for (const table of TABLES) {
        const ofTable = entries.filter((entry) => entry.table === table);
        if (ofTable.length > 0) setAside += await insertOrSetAside(table, ofTable, token);
      }
      return setAside;
    },
  };
}

function isTheRowsFault(error: unknown): error is OutsideError {
  return error instanceof OutsideError && (error.code === 'row_unreadable' || error.code === 'analytics_batch_too_large');
}
