import { expect, it } from 'vitest';
import { OutsideError } from '../../core/index.ts';
import { untilThere } from './until-there.ts';

const away = new OutsideError('away', 'nobody answers', { retryable: true });

/** Fails so many times, then gives 'there'. */
function opener(failures: number, error: Error = away) {
  let calls = 0;
  return async (): Promise<string> => {
    calls += 1;
    if (calls <= failures) throw error;
    return 'there';
  };
}

it('tries again while it is away, and says what it waits for', async () => {
  const notes: string[] = [];
  expect(await untilThere(opener(3), { onNote: (note) => notes.push(note), pauseMsMin: 1 })).toBe('there');
  expect(notes).toHaveLength(3);
  expect(notes[0]).toMatch(/^nobody answers; trying again in \d+ s, giving up in \d+ s$/);
});

it('does not wait for what time does not mend', async () => {
  const wrong = new OutsideError('auth_failed', 'wrong password', { retryable: false });
  const notes: string[] = [];
  await expect(untilThere(opener(1, wrong), { onNote: (note) => notes.push(note), pauseMsMin: 1 })).rejects.toBe(wrong);
  expect(notes).toEqual([]);
});

it('gives up with the last failure when its patience is over', async () => {
  await expect(untilThere(opener(1_000), { onNote: () => undefined, pauseMsMin: 1, patienceMs: 20 })).rejects.toBe(away);
});

it('ends its wait when it is told to', async () => {
  const stop = new AbortController();
  const waiting = untilThere(opener(1), { onNote: () => stop.abort(), pauseMsMin: 60_000, signal: stop.signal });
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});
