import { type Outcome, OUTCOMES, type SlimVerdict } from '../api-types.ts';

/** Ten minutes of a busy day at ten a second; a line is about 1 KiB, so 6 MiB. */
export const FEED_MAX = 6_000;

/** Newest first. What waits came while the reader was reading; it never moves what is shown. */
export interface Feed {
  readonly shown: readonly SlimVerdict[];
  readonly waiting: readonly SlimVerdict[];
}

export const EMPTY_FEED: Feed = { shown: [], waiting: [] };

function positionOf(verdict: SlimVerdict | undefined): bigint {
  return verdict === undefined ? -1n : BigInt(verdict.id);
}

/** Takes arrivals in the order of their positions; what is there already is not taken twice. */
export function addToFeed(feed: Feed, arrivals: readonly SlimVerdict[], hold: boolean): Feed {
  const newest = positionOf(feed.waiting[0] ?? feed.shown[0]);
  const fresh = arrivals.filter((verdict) => positionOf(verdict) > newest).toReversed();
  if (fresh.length === 0) return feed;
  const waiting = [...fresh, ...feed.waiting].slice(0, FEED_MAX);
  return hold ? { shown: feed.shown, waiting } : releaseFeed({ shown: feed.shown, waiting });
}

/** Puts what waits on top. */
export function releaseFeed(feed: Feed): Feed {
  if (feed.waiting.length === 0) return feed;
  return { shown: [...feed.waiting, ...feed.shown].slice(0, FEED_MAX), waiting: [] };
}

export interface FeedFilter {
  /** Empty means all. */
  readonly outcomes: ReadonlySet<Outcome>;
  readonly eventType: string | null;
}

export function filterFeed(verdicts: readonly SlimVerdict[], filter: FeedFilter): readonly SlimVerdict[] {
  if (filter.outcomes.size === 0 && filter.eventType === null) return verdicts;
  return verdicts.filter(
    (verdict) =>
      (filter.outcomes.size === 0 || filter.outcomes.has(verdict.outcome)) &&
      (filter.eventType === null || verdict.event_type === filter.eventType),
  );
}

const MINUTE_MS = 60_000;

export interface MinuteCount {
  /** Start of the minute, milliseconds since the epoch. */
  readonly minuteMs: number;
  readonly byOutcome: Readonly<Record<Outcome, number>>;
}

/** Verdicts a minute by outcome over the last `minutes`, oldest first, the running minute last. */
export function countByMinute(verdicts: readonly SlimVerdict[], nowMs: number, minutes: number): readonly MinuteCount[] {
  const last = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const counts = Array.from({ length: minutes }, (_, index) => ({
    minuteMs: last - (minutes - 1 - index) * MINUTE_MS,
    byOutcome: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>,
  }));
  const first = counts[0]?.minuteMs ?? last;
  for (const verdict of verdicts) {
    const slot = counts[Math.floor((Date.parse(verdict.judged_at) - first) / MINUTE_MS)];
    if (slot !== undefined) slot.byOutcome[verdict.outcome] += 1;
  }
  return counts;
}
