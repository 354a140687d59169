import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SlimVerdict } from '../api-types.ts';
import { addToFeed, countByMinute, EMPTY_FEED, type Feed, FEED_MAX, filterFeed, releaseFeed } from './feed-buffer.ts';

function verdict(id: number, change: Partial<SlimVerdict> = {}): SlimVerdict {
  const at = new Date(id * 1_000).toISOString();
  return {
    id: String(id),
    event_id: `event-${id}`,
    event_type: 'wallet.login.attempted',
    event_time: at,
    account_id: 'ana',
    revision: 1,
    outcome: 'allow',
    level: 'info',
    score: 0,
    actions: [],
    rules: [],
    degraded: null,
    judged_at: at,
    ...change,
  };
}

const ids = (verdicts: readonly SlimVerdict[]) => verdicts.map((each) => Number(each.id));

describe('the feed', () => {
  it('shows the newest first, and holds back what comes while somebody reads', () => {
    const read = addToFeed(EMPTY_FEED, [verdict(1), verdict(2)], false);
    expect(ids(read.shown)).toEqual([2, 1]);
    const later = addToFeed(read, [verdict(3), verdict(4)], true);
    expect(later.shown).toBe(read.shown);
    expect(ids(later.waiting)).toEqual([4, 3]);
    expect(ids(releaseFeed(later).shown)).toEqual([4, 3, 2, 1]);
  });

  it('puts what waits on top before what comes next', () => {
    const held = addToFeed(addToFeed(EMPTY_FEED, [verdict(9)], false), [verdict(10)], true);
    expect(ids(addToFeed(held, [verdict(11)], false).shown)).toEqual([11, 10, 9]);
  });

  it('loses nothing, doubles nothing and keeps the order, however arrivals are cut, repeated and held', () => {
    const batches = fc.array(
      fc.record({ size: fc.integer({ min: 0, max: 5 }), repeat: fc.integer({ min: 0, max: 3 }), hold: fc.boolean() }),
    );
    fc.assert(
      fc.property(batches, (plan) => {
        let feed: Feed = EMPTY_FEED;
        let next = 1;
        for (const { size, repeat, hold } of plan) {
          const from = Math.max(1, next - repeat);
          const arrivals = Array.from({ length: next + size - from }, (_, index) => verdict(from + index));
          const before = feed.shown;
          feed = addToFeed(feed, arrivals, hold);
          if (hold) expect(feed.shown).toBe(before);
          next += size;
        }
        expect(ids(releaseFeed(feed).shown)).toEqual(Array.from({ length: next - 1 }, (_, index) => next - 1 - index));
      }),
    );
  });

  it('keeps the newest', () => {
    const many = Array.from({ length: FEED_MAX + 10 }, (_, index) => verdict(index + 1));
    const { shown } = addToFeed(EMPTY_FEED, many, false);
    expect([shown.length, shown[0]?.id, shown.at(-1)?.id]).toEqual([FEED_MAX, String(FEED_MAX + 10), '11']);
  });

  it('filters by outcome and type', () => {
    const all = [verdict(1), verdict(2, { outcome: 'hold' }), verdict(3, { outcome: 'hold', event_type: 'other' })];
    expect(ids(filterFeed(all, { outcomes: new Set(['hold']), eventType: null }))).toEqual([2, 3]);
    expect(ids(filterFeed(all, { outcomes: new Set(['hold']), eventType: 'other' }))).toEqual([3]);
    expect(filterFeed(all, { outcomes: new Set(), eventType: null })).toBe(all);
  });

  it('counts by minute, and leaves out what is older', () => {
    const all = [verdict(0), verdict(59), verdict(60, { outcome: 'deny' }), verdict(179)];
    const counts = countByMinute(all, 170_000, 2);
    expect(counts.map((each) => each.minuteMs)).toEqual([60_000, 120_000]);
    expect(counts.map((each) => [each.byOutcome.allow, each.byOutcome.deny])).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });
});
