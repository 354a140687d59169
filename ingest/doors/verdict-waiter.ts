import type { Verdict } from '../../core/index.ts';

/** Which event a verdict is awaited of: ids are the producer's own, so an id alone does not say. */
export interface EventRef {
  readonly source: string;
  readonly id: string;
}

/** The verdict on an event, or null when there is none within `waitMs` milliseconds. */
export type AwaitVerdict = (event: EventRef, waitMs: number) => Promise<Verdict | null>;

export interface VerdictWaiter {
  /** Tells of a verdict that is durable. */
  notice(verdict: Verdict): void;
  awaitVerdict: AwaitVerdict;
}

/** Verdicts kept for those who ask again after a lost answer: at about 5 KiB each, 50 MiB. */
const RECENT_MAX = 10_000;
/** Requests waiting at once; each waits for at most a few seconds. */
const WAITING_MAX = 10_000;

function keyOf({ source, id }: EventRef): string {
  return `${source}|${id}`;
}

/** Connects those who wait inline with the verdicts as they come. Asking again for an event judged lately gives the first answer. */
export function createVerdictWaiter(): VerdictWaiter {
  const recent = new Map<string, Verdict>();
  const waiting = new Map<string, Set<(verdict: Verdict) => void>>();
  let waitingCount = 0;

  function wait(key: string, waitMs: number): Promise<Verdict | null> {
    return new Promise((resolve) => {
      const others = waiting.get(key) ?? new Set();
      const settle = (verdict: Verdict | null) => {
        clearTimeout(timer);
        waitingCount -= 1;
        others.delete(settle);
        if (others.size === 0) waiting.delete(key);
        resolve(verdict);
      };
      const timer = setTimeout(settle, waitMs, null);
      waiting.set(key, others.add(settle));
      waitingCount += 1;
    });
  }

  return {
    notice(verdict) {
      const key = keyOf({ source: verdict.body.event_source, id: verdict.body.event_id });
      recent.set(key, verdict);
      const [oldest] = recent.keys();
      if (recent.size > RECENT_MAX && oldest !== undefined) recent.delete(oldest);
      for (const settle of waiting.get(key) ?? []) settle(verdict);
    },
    awaitVerdict(event, waitMs) {
      const known = recent.get(keyOf(event));
      if (known !== undefined) return Promise.resolve(known);
      return waitingCount >= WAITING_MAX ? Promise.resolve(null) : wait(keyOf(event), waitMs);
    },
  };
}
