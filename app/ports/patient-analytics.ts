import { setTimeout as sleep } from 'node:timers/promises';
import { OutsideError, SECOND_MS } from '../../core/index.ts';
import type { Analytics } from '../../platform/analytics/index.ts';

/** How long a start waits for analytics before it goes on without: a loaded machine takes ten seconds for the embedded one. */
const START_WAIT_MS = 20 * SECOND_MS;
const PAUSE_MS_MIN = SECOND_MS;
const PAUSE_MS_MAX = 15 * SECOND_MS;

export interface PatientAnalyticsOptions {
  /** For people: `ClickHouse at host:8123`. */
  readonly place: string;
  readonly open: () => Promise<Analytics>;
  /** Brings its schema up to date; nobody uses it before. */
  readonly prepare: (analytics: Analytics) => Promise<void>;
  readonly onNote: (message: string) => void;
  readonly startWaitMs?: number;
  readonly pauseMsMin?: number;
}

/** Resolves once the promise settled or the time is over, whichever is first. */
async function waitAtMost(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  const over = new AbortController();
  const timer = sleep(milliseconds, undefined, { signal: over.signal }).catch(() => undefined);
  try {
    await Promise.race([promise, timer]);
  } finally {
    over.abort();
  }
}

/**
 * Analytics that may be away: money moves without it, so nothing waits for it. Calls fail with OutsideError `analytics_away`
 * (retryable) until it answers; the landing keeps its place in the event log meanwhile. Throws only what time does not mend, such
 * as a wrong password.
 */
export async function openPatientAnalytics(options: PatientAnalyticsOptions): Promise<Analytics> {
  const { place, onNote, startWaitMs = START_WAIT_MS, pauseMsMin = PAUSE_MS_MIN } = options;
  const stopping = new AbortController();
  let current: Analytics | null = null;

  async function connect(): Promise<void> {
    const opened = await options.open();
    try {
      await options.prepare(opened);
    } catch (error) {
      await opened.close();
      throw error;
    }
    if (stopping.signal.aborted) await opened.close();
    else current = opened;
  }

  async function keepTrying(first: Promise<void>): Promise<void> {
    let attempt = first;
    for (let pauseMs = pauseMsMin; !stopping.signal.aborted; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
      try {
        await attempt;
        if (!stopping.signal.aborted) onNote(`${place} is there now; what waited for it lands`);
        return;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        onNote(`${place} is away (${why}): everything else works, nothing is lost; trying again in ${pauseMs} ms`);
      }
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      attempt = stopping.signal.aborted ? Promise.resolve() : connect();
    }
  }

  const first = connect();
  try {
    await waitAtMost(first, startWaitMs);
  } catch (error) {
    if (!(error instanceof OutsideError) || !error.retryable) throw error;
  }
  const trying = current === null ? keepTrying(first) : Promise.resolve();

  function present(): Analytics {
    if (current !== null) return current;
    throw new OutsideError('analytics_away', `${place} is away`, { retryable: true });
  }

  return {
    get description() {
      const away = { adapter: `${place}, away`, why: 'tried again until it answers; what is to land waits in the event log' };
      return current?.description ?? { port: 'analytics', durable: true, developmentOnly: false, ...away };
    },
    insert: async (table, rows, token) => present().insert(table, rows, token),
    query: async (sql, parameters) => present().query(sql, parameters),
    command: async (sql) => present().command(sql),
    async close() {
      stopping.abort();
      await trying;
      await current?.close();
    },
  };
}
