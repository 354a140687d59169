import { OutsideError } from '../../core/index.ts';
import type { Claims } from './claims.ts';
import type { DepositContext, WatchedChain } from './context.ts';
import { reorganise } from './reorganise.ts';
import { scanBlocks } from './scan.ts';
import { settleMovements } from './settle.ts';

/** Reads the chains on and on. Two of them, also in two processes, credit each deposit once. */
export interface DepositWatcher {
  start(): void;
  /** Finishes the tick in hand. */
  stop(): Promise<void>;
  /** One round over one chain (all of them without an id): read new blocks, settle what is final, judge pending claims. Throws OutsideError. */
  tick(chainId?: number): Promise<void>;
}

export interface WatcherOptions {
  /** Pause between rounds once caught up. */
  readonly pollMs: number;
  /** Told of each failed round; the next one comes after the pause. */
  readonly onError: (error: unknown, chain: string) => void;
}

export function createWatcher(
  context: DepositContext,
  chains: ReadonlyMap<number, WatchedChain>,
  claims: Claims,
  options: WatcherOptions,
): DepositWatcher {
  let running: AbortController | null = null;
  let loops: Promise<void>[] = [];

  /** True when there is more to read at once. */
  async function round(watched: WatchedChain): Promise<boolean> {
    const end = await scanBlocks(context, watched);
    if (end.kind === 'reorganised') return reorganise(context, watched, end.cursor);
    // Also while behind: a node keeps old balances only for so long.
    await settleMovements(context, watched, (error) => options.onError(error, watched.name));
    if (end.kind === 'behind') return true;
    await claims.rejudge(watched);
    return false;
  }

  async function loop(watched: WatchedChain, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let more = false;
      try {
        more = await round(watched);
      } catch (error) {
        options.onError(error, watched.name);
        // A bug ends the watcher of this chain; the outside world gets another round.
        if (!(error instanceof OutsideError)) throw error;
      }
      if (!more) await pause(options.pollMs, signal);
    }
  }

  return {
    start() {
      if (running !== null) return;
      const controller = new AbortController();
      running = controller;
      loops = [...chains.values()].map((watched) => loop(watched, controller.signal));
    },
    async stop() {
      running?.abort();
      running = null;
      await Promise.allSettled(loops);
    },
    async tick(chainId) {
      for (const watched of chains.values()) {
        if (chainId !== undefined && watched.chain.chainId !== chainId) continue;
        while (await round(watched));
      }
    },
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
