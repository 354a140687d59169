import type { WebSocket } from 'ws';

/** One message of a feed. Ids of one recipient count 1, 2, 3, … in the order in which they became visible. */
export interface LiveMessage {
  readonly id: bigint;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Where the hub reads from. */
export interface LiveFeed {
  /** Id of the recipient's newest message, 0 when there is none. */
  head(recipient: string): Promise<bigint>;
  /** The recipient's messages after `id`, in order, at most `limit`. Messages no longer kept are missing at the beginning. */
  after(recipient: string, id: bigint, limit: number): Promise<readonly LiveMessage[]>;
}

/** Says honestly that messages between two ids are not to be had any more. */
function gapFrame(after: bigint, before: bigint): string {
  return JSON.stringify({ kind: 'gap', after: after.toString(), before: before.toString() });
}

function framesOf(messages: readonly LiveMessage[], position: bigint): string[] {
  const frames: string[] = [];
  let previous = position;
  for (const { id, body } of messages) {
    if (id > previous + 1n) frames.push(gapFrame(previous, id));
    frames.push(JSON.stringify({ id: id.toString(), ...body }));
    previous = id;
  }
  return frames;
}

/**
 * Pulls pages of a feed to one socket, and the next page only when the operating system took the one before: a slow client holds
 * one page at most. Gives the function that says "there may be more".
 */
export function createLivePump(options: {
  readonly socket: WebSocket;
  readonly recipient: string;
  readonly lastSeen: bigint | null;
  readonly feed: LiveFeed;
  readonly pageSize: number;
  readonly stallMs: number;
  readonly onStalled: () => void;
  readonly onBroken: (error: unknown) => void;
}): () => void {
  const { socket, feed, recipient, lastSeen } = options;
  let position: bigint | null = null;
  let pumping = false;
  let again = false;

  function sendPage(frames: readonly string[]): Promise<boolean> {
    return new Promise((resolve) => {
      const stalled = setTimeout(() => {
        resolve(false);
        options.onStalled();
      }, options.stallMs);
      frames.forEach((frame, index) => {
        const last = index === frames.length - 1;
        socket.send(frame, (error) => {
          if (!last && !error) return;
          clearTimeout(stalled);
          resolve(!error);
        });
      });
    });
  }

  async function begin(): Promise<bigint> {
    const head = await feed.head(recipient);
    const ahead = lastSeen !== null && lastSeen > head;
    const from = lastSeen === null || ahead ? head : lastSeen;
    const hello = JSON.stringify({ kind: 'hello', id: from.toString() });
    await sendPage(ahead ? [hello, gapFrame(lastSeen, head)] : [hello]);
    return from;
  }

  async function pumpPages(): Promise<void> {
    let from = position ?? (await begin());
    while (socket.readyState === socket.OPEN) {
      position = from;
      const messages = await feed.after(recipient, from, options.pageSize);
      const last = messages.at(-1);
      if (last === undefined || !(await sendPage(framesOf(messages, from)))) return;
      from = last.id;
    }
  }

  async function pump(): Promise<void> {
    pumping = true;
    try {
      do {
        again = false;
        await pumpPages();
      } while (again && socket.readyState === socket.OPEN);
    } catch (error) {
      options.onBroken(error);
    } finally {
      pumping = false;
    }
  }

  return () => {
    if (pumping) again = true;
    else pump().catch(options.onBroken);
  };
}
