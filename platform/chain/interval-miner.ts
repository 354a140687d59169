import { SECOND_MS } from '../../core/index.ts';

/** Blocks mined after the last one with a transaction: what waits for confirmations, or for `finalized` two epochs of four behind, gets them. */
const SETTLING_BLOCKS = 16;
/** A local node answers in a millisecond. */
const ANSWER_MS_MAX = 5 * SECOND_MS;

async function call(url: string, method: string, parameters: readonly unknown[] = []): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: parameters }),
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  });
  const answer = (await response.json()) as { result?: unknown };
  return answer.result;
}

/**
 * Mines a block every so many seconds while there is something to mine or to confirm, and none on an idle chain. anvil's own
 * `--block-time` goes on for ever, and each state it keeps carries the hashes of all blocks: 3,000 empty blocks made a state file of
 * 600 MB and a process of 1.3 GB.
 */
export function startIntervalMiner(url: string, seconds: number, onLog: (line: string) => void): () => Promise<void> {
  let stopped = false;
  let settling = SETTLING_BLOCKS;
  let round: Promise<void> = Promise.resolve();

  async function mine(): Promise<void> {
    const pool = (await call(url, 'txpool_status')) as { pending?: string } | undefined;
    if (Number(pool?.pending ?? 0) > 0) settling = SETTLING_BLOCKS + 1;
    if (settling === 0 || stopped) return;
    settling -= 1;
    await call(url, 'evm_mine');
  }

  const timer = setInterval(() => {
    // One at a time: a slow round takes the place of the next.
    round = round.then(mine).catch((error: unknown) => onLog(`mining: ${String(error)}`));
  }, seconds * SECOND_MS);
  return async () => {
    stopped = true;
    clearInterval(timer);
    await round;
  };
}
