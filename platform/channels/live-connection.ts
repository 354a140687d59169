import type { WebSocket } from 'ws';
import type { LiveViewer } from './live-admission.ts';
import type { LiveLimits } from './live-limits.ts';
import { createLivePump, type LiveFeed } from './live-pump.ts';

/** Close codes (RFC 6455 §7.4): 4000-4999 are for applications. */
export const LIVE_CLOSE = {
  goingAway: 1001,
  /** The client sent data; the socket only listens. */
  policy: 1008,
  feedUnavailable: 1011,
  /** The connection is as old as one may be: ask for a new ticket and come back with `last_seen`. */
  renew: 4001,
  /** The sign-in behind it ended. */
  dropped: 4003,
  /** The client did not read. */
  slow: 4008,
} as const;

/** A peer that does not answer a close frame in this time is cut off; a living one answers in one round trip. */
const CLOSE_GRACE_MS = 1_000;

/** One listener. */
export interface LiveConnection {
  readonly viewer: LiveViewer;
  start(): void;
  wake(): void;
  /** Closes politely, then by force; resolves when the socket is closed. */
  end(code: number, reason: string): Promise<void>;
}

export function createLiveConnection(options: {
  readonly socket: WebSocket;
  readonly viewer: LiveViewer;
  readonly lastSeen: bigint | null;
  readonly feed: LiveFeed;
  readonly limits: LiveLimits;
  readonly onError: (error: unknown) => void;
}): LiveConnection {
  const { socket, viewer, limits, onError } = options;
  let alive = true;
  const timers: NodeJS.Timeout[] = [];
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      for (const timer of timers) clearTimeout(timer);
      resolve();
    });
  });

  async function end(code: number, reason: string): Promise<void> {
    if (socket.readyState === socket.CLOSED) return;
    socket.close(code, reason);
    const force = setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
    await closed;
    clearTimeout(force);
  }

  function endLater(code: number, reason: string): void {
    end(code, reason).catch(onError);
  }

  const wake = createLivePump({
    socket,
    recipient: viewer.recipient,
    lastSeen: options.lastSeen,
    feed: options.feed,
    pageSize: limits.pageSize,
    stallMs: limits.stallMs,
    onStalled: () => endLater(LIVE_CLOSE.slow, 'too_slow'),
    onBroken(error) {
      onError(error);
      endLater(LIVE_CLOSE.feedUnavailable, 'feed_unavailable');
    },
  });

  function beat(): void {
    if (!alive) {
      socket.terminate();
      return;
    }
    alive = false;
    socket.ping();
  }

  return {
    viewer,
    wake,
    end,
    start() {
      socket.on('error', () => socket.terminate());
      socket.on('pong', () => {
        alive = true;
      });
      socket.on('message', () => endLater(LIVE_CLOSE.policy, 'this_socket_only_listens'));
      timers.push(setInterval(beat, limits.heartbeatMs).unref());
      timers.push(setTimeout(() => endLater(LIVE_CLOSE.renew, 'renew'), limits.ageMsMax).unref());
      wake();
    },
  };
}
