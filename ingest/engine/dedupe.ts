import { DAY_MS, LIMITS } from '../../core/index.ts';

export interface DedupeLimits {
  /** How long an id is remembered, in event time of the stream. */
  readonly horizonMs: number;
  /** How many ids are remembered at most. An id costs about 90 bytes (key of 18 characters, its slot, its time). */
  readonly idsMax: number;
}

/** A day at 46 events/s, 360 MB at worst; ids beyond it are forgotten oldest first, and counted. */
export const LIVE_DEDUPE: DedupeLimits = { horizonMs: LIMITS.duplicateHorizonMs, idsMax: 4_000_000 };

/** An import may be run again as a whole, months of event time later: its ids are kept for good, up to 4 million rows. */
export const IMPORT_DEDUPE: DedupeLimits = { horizonMs: 36_500 * DAY_MS, idsMax: 4_000_000 };

export interface Dedupe {
  has(source: string, id: string): boolean;
  /** Remembers a judged event. `streamTimeMs` is the highest event time of the stream so far; it never falls. */
  add(source: string, id: string, streamTimeMs: number): void;
  readonly size: number;
  /** Ids that had to be forgotten before their time because of `idsMax`. */
  readonly forgottenEarly: number;
}

/**
 * Knows duplicates by (source, id), exactly, within the horizon. A pure function of what was added, in order: after a restart the
 * same events in the same order give the same answers.
 */
export function createDedupe(limits: DedupeLimits): Dedupe {
  const expiries = new Map<string, number>();
  const sources = new Map<string, number>();
  let forgottenEarly = 0;

  /** The sixteen bytes of the UUID and the number of the source: a third of the memory of the texts themselves. */
  function keyOf(source: string, id: string): string {
    let ordinal = sources.get(source);
    if (ordinal === undefined) {
      ordinal = sources.size;
      sources.set(source, ordinal);
    }
    return Buffer.from(id.replaceAll('-', ''), 'hex').toString('latin1') + ordinal.toString(36);
  }

  /** Expiries never fall, and a Map keeps the order of insertion: the oldest is always the first. */
  function prune(streamTimeMs: number): void {
    for (const [key, expiry] of expiries) {
      const full = expiries.size > limits.idsMax;
      if (expiry >= streamTimeMs && !full) return;
      if (expiry >= streamTimeMs) forgottenEarly += 1;
      expiries.delete(key);
    }
  }

  return {
    has(source, id) {
      return sources.has(source) && expiries.has(keyOf(source, id));
    },
    add(source, id, streamTimeMs) {
      expiries.set(keyOf(source, id), streamTimeMs + limits.horizonMs);
      prune(streamTimeMs);
    },
    get size() {
      return expiries.size;
    },
    get forgottenEarly() {
      return forgottenEarly;
    },
  };
}
