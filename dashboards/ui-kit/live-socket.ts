/** One message of `/v1/live`: `hello` first, then what happens; `gap` where some messages are gone. */
export interface LiveFrame {
  readonly id: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

export type LiveState = 'connecting' | 'open' | 'waiting';

export interface LiveOptions {
  /** Begin behind this message instead of with what comes next. */
  readonly after?: string;
  readonly getTicket: () => Promise<string>;
  readonly onFrame: (frame: LiveFrame) => void;
  readonly onState: (state: LiveState) => void;
}

const RETRY_FIRST_MS = 1_000;
/** A server that restarts is back in seconds; half a minute keeps a thousand open pages from being a flood. */
const RETRY_MAX_MS = 30_000;

/** How long to wait before the n-th try: doubled each time, spread so that pages do not come back all at once. */
export function retryDelayMs(failures: number, random: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** failures) * (0.5 + random / 2);
}

/** Listens until closed; after a break it goes on behind the last message it had. */
export function openLive(options: LiveOptions): { close(): void } {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastSeen = options.after ?? null;
  let failures = 0;
  let closed = false;

  function later(): void {
    if (closed) return;
    options.onState('waiting');
    timer = setTimeout(() => void connect(), retryDelayMs(failures, Math.random()));
    failures += 1;
  }

  async function connect(): Promise<void> {
    options.onState('connecting');
    const ticket = await options.getTicket().catch(() => null);
    if (closed) return;
    if (ticket === null) {
      later();
      return;
    }
    const url = new URL('/v1/live', location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    url.searchParams.set('ticket', ticket);
    if (lastSeen !== null) url.searchParams.set('last_seen', lastSeen);
    socket = new WebSocket(url);
    socket.addEventListener('open', () => {
      failures = 0;
      options.onState('open');
    });
    socket.addEventListener('message', (event) => {
      const frame = JSON.parse(String(event.data)) as LiveFrame;
      if (frame.kind !== 'gap') lastSeen = frame.id;
      options.onFrame(frame);
    });
    socket.addEventListener('close', later);
  }

  void connect();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
