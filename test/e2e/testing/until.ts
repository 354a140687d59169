import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

/** Asks until the answer is the expected one; for hooks, where `expect.poll` may not be. Throws with the last answer. */
export async function until<Value>(ask: () => Promise<Value>, expected: Value, timeoutMs = 60_000): Promise<void> {
  for (const end = performance.now() + timeoutMs; ; await sleep(200)) {
    const answer = await ask();
    if (isDeepStrictEqual(answer, expected)) return;
    if (performance.now() > end) throw new Error(`after ${timeoutMs} ms it still is: ${String(answer)}`);
  }
}
