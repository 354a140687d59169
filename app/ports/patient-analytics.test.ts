import { expect, it } from 'vitest';
import { OutsideError } from '../../core/index.ts';
import type { Analytics } from '../../platform/analytics/index.ts';
import { openPatientAnalytics } from './patient-analytics.ts';

const away = new OutsideError('analytics_unreachable', 'connection refused', { retryable: true });

/** Answers each query with its own text. */
function echo(closed: string[]): Analytics {
  return {
    description: { port: 'analytics', adapter: 'echo', durable: true, developmentOnly: false, why: 'a test' },
    insert: async () => undefined,
    query: async <Row>(sql: string) => [sql] as Row[],
    command: async () => undefined,
    close: async () => void closed.push('echo'),
  };
}

function opening(failures: number, error: Error = away) {
  const notes: string[] = [];
  const closed: string[] = [];
  let calls = 0;
  const opened = openPatientAnalytics({
    place: 'ClickHouse at nowhere',
    async open() {
      calls += 1;
      if (calls <= failures) throw error;
      return echo(closed);
    },
    prepare: async () => undefined,
    onNote: (note) => notes.push(note),
    pauseMsMin: 1,
  });
  return { opened, notes, closed };
}

it('is the analytics itself when it answers', async () => {
  const { opened, notes, closed } = opening(0);
  const analytics = await opened;
  expect(await analytics.query('select 1')).toEqual(['select 1']);
  expect(analytics.description.adapter).toBe('echo');
  await analytics.close();
  expect([notes, closed]).toEqual([[], ['echo']]);
});

it('lets the start go on without it, says so, and is there once it answers', async () => {
  const { opened, notes, closed } = opening(3);
  const analytics = await opened;
  expect(analytics.description.adapter).toContain('away');
  await expect(analytics.query('select 1')).rejects.toMatchObject({ code: 'analytics_away', retryable: true });
  await expect.poll(() => analytics.query('select 1').catch(() => null)).toEqual(['select 1']);
  expect(notes.filter((note) => note.includes('connection refused'))).toHaveLength(3);
  expect(notes.at(-1)).toContain('is there now');
  await analytics.close();
  expect(closed).toEqual(['echo']);
});

it('refuses what time does not mend', async () => {
  const denied = new OutsideError('access_denied', 'wrong password', { retryable: false });
  await expect(opening(1, denied).opened).rejects.toBe(denied);
});

it('closes while it is still away, and does not come up afterwards', async () => {
  const { opened, closed } = opening(1_000_000);
  await (await opened).close();
  expect(closed).toEqual([]);
});
