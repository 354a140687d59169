import type { VerdictBody } from '../../core/index.ts';

/**
 * How many verdicts may wait for a missing one before that one counts as trimmed from the log, not as lost in a crash: a torn
 * micro-batch (500) and what cursors over twelve partitions read ahead (6,000) stay far below.
 */
const WAITING_MAX = 50_000;

/** Puts verdicts of one stream, read out of several partitions, back into the order of arrivals. */
export interface ArrivalOrder {
  add(body: VerdictBody): void;
  /** The next verdict in order, or null while it is missing. */
  take(): VerdictBody | null;
  /** When all is read: goes past a gap too wide for one torn micro-batch of `batchMax`. True when there is more to take. */
  skipTrimmed(batchMax: number): boolean;
  /** What stands behind the first gap. */
  readonly waiting: ReadonlyMap<number, VerdictBody>;
}

export function createArrivalOrder(): ArrivalOrder {
  const waiting = new Map<number, VerdictBody>();
  let next = 1;

  function skip(): void {
    next = [...waiting.keys()].reduce((left, right) => Math.min(left, right));
  }

  return {
    waiting,
    add(body) {
      const arrival = Number(body.receipt.arrival);
      if (arrival >= next) waiting.set(arrival, body);
    },
    take() {
      if (waiting.size > WAITING_MAX && !waiting.has(next)) skip();
      const body = waiting.get(next);
      if (body === undefined) return null;
      waiting.delete(next);
      next += 1;
      return body;
    },
    skipTrimmed(batchMax) {
      if (waiting.size === 0) return false;
      const highest = [...waiting.keys()].reduce((left, right) => Math.max(left, right));
      if (highest - next < batchMax) return false;
      skip();
      return true;
    },
  };
}
