import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { type AlertsWorld, ORIGIN } from './world.ts';

export interface LiveClient {
  readonly socket: WebSocket;
  readonly frames: Record<string, unknown>[];
  until(count: number): Promise<Record<string, unknown>[]>;
}

export function openLive(world: AlertsWorld, query: string, headers: Record<string, string> = { origin: ORIGIN }): LiveClient {
  const socket = new WebSocket(`${world.baseUrl.replace('http', 'ws')}/v1/live${query}`, { headers });
  const frames: Record<string, unknown>[] = [];
  socket.on('message', (data) => frames.push(JSON.parse((data as Buffer).toString()) as Record<string, unknown>));
  return {
    socket,
    frames,
    async until(count) {
      while (frames.length < count) await once(socket, 'message');
      return frames;
    },
  };
}

/** Status of a live handshake: 101 when it became a connection. */
export async function liveOutcome(
  world: AlertsWorld,
  query: string,
  headers: Record<string, string> = { origin: ORIGIN },
): Promise<number> {
  const { socket } = openLive(world, query, headers);
  socket.on('error', () => undefined);
  const opened = once(socket, 'upgrade').then(() => 101);
  const refused = once(socket, 'unexpected-response').then(([, response]) => {
    (response as IncomingMessage).resume();
    return (response as IncomingMessage).statusCode ?? 0;
  });
  const status = await Promise.race([opened, refused]);
  opened.catch(() => undefined);
  refused.catch(() => undefined);
  return status;
}

/** Status of a live handshake that is refused; fails the test when it is not. */
export async function liveRefusal(world: AlertsWorld, query: string, headers?: Record<string, string>): Promise<number> {
  const status = await liveOutcome(world, query, headers);
  if (status === 101) throw new Error('a live connection was opened that should have been refused');
  return status;
}
