import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE_MS, OutsideError, SECOND_MS } from '../../core/index.ts';

/** A broker or a database that is started together with us comes up within a minute; a wrong address never does. */
const PATIENCE_MS = 2 * MINUTE_MS;
const PAUSE_MS_MIN = SECOND_MS;
const PAUSE_MS_MAX = 10 * SECOND_MS;

const seconds = (milliseconds: number): string => (milliseconds / SECOND_MS).toFixed(0);

export interface Patience {
  /** Told of each failure, with what happens next. */
  readonly onNote: (message: string) => void;
  /** Ends the wait: whoever started us wants us gone. */
  readonly signal?: AbortSignal | undefined;
  readonly patienceMs?: number;
  readonly pauseMsMin?: number;
}

/**
 * Opens what we cannot work without, trying again while it is merely away. Throws what is not retryable at once, and the last
 * failure when the patience is over.
 */
export async function untilThere<Port>(open: () => Promise<Port>, patience: Patience): Promise<Port> {
  const { onNote, signal, patienceMs = PATIENCE_MS, pauseMsMin = PAUSE_MS_MIN } = patience;
  const end = performance.now() + patienceMs;
  for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
    try {
      return await open();
    } catch (error) {
      const leftMs = end - performance.now();
      if (!(error instanceof OutsideError) || !error.retryable || leftMs <= pauseMs) throw error;
      onNote(`${error.message}; trying again in ${seconds(pauseMs)} s, giving up in ${seconds(leftMs)} s`);
    }
    await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
  }
}
