import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { refuse, type Result, succeed } from '../../core/index.ts';
import { type Admitted, type AuthoriseLive, createLiveAdmission, LIVE_REFUSAL_STATUS } from './live-admission.ts';
import { createLiveConnection, LIVE_CLOSE, type LiveConnection } from './live-connection.ts';
import { LIVE_LIMITS, type LiveLimits } from './live-limits.ts';
import type { LiveFeed } from './live-pump.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';

export interface LiveHub {
  /** For the server's `upgrade` event. False (and nothing touched) when the address is not the hub's. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** New messages may be there for the recipient; without one, for everybody. Cheap and safe to call too often. */
  wake(recipient?: string): void;
  /** Ends every connection of a principal, whose sign-in ended; without one, everybody's. Who still may listen comes back. */
  drop(principal?: string): void;
  connections(): number;
  close(): Promise<void>;
}

/**
 * The server's side of the live WebSocket. Each connection reads its recipient's feed from its own position, so nothing is
 * lost or doubled between backlog and news, and a client that comes back with `last_seen` goes on where it was.
 */
export function createLiveHub(options: {
  readonly path?: string;
  readonly allowedOrigins: readonly string[];
  readonly authorise: AuthoriseLive;
  readonly feed: LiveFeed;
  readonly limits?: Partial<LiveLimits>;
  readonly onError?: (error: unknown) => void;
}): LiveHub {
  const path = options.path ?? '/v1/live';
  const limits: LiveLimits = { ...LIVE_LIMITS, ...options.limits };
  const onError = options.onError ?? (() => undefined);
  const server = new WebSocketServer({ noServer: true, maxPayload: limits.incomingBytesMax, perMessageDeflate: false });
  const admit = createLiveAdmission({ origins: new Set(options.allowedOrigins), authorise: options.authorise, limits });
  const live = new Set<LiveConnection>();
  let closed = false;

  /** Runs without a pause up to the connection, so that two handshakes cannot both take the last place. */
  function place(admitted: Result<Admitted>): Result<Admitted> {
    if (!admitted.ok) return admitted;
    if (closed || live.size >= limits.connectionsMax)
      return refuse('live_unavailable', 'no more connections now; try again later');
    const own = [...live].filter((connection) => connection.viewer.principal === admitted.value.viewer.principal);
    if (own.length < limits.connectionsPerPrincipalMax) return succeed(admitted.value);
    return refuse('too_many_connections', `at most ${limits.connectionsPerPrincipalMax} live connections a person`);
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const placed = place(await admit(request));
    if (!placed.ok) {
      refuseUpgrade(socket, LIVE_REFUSAL_STATUS[placed.refusal.code] ?? 400, placed.refusal);
      return;
    }
    if (socket.destroyed) return;
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = createLiveConnection({ socket: webSocket, ...placed.value, feed: options.feed, limits, onError });
      live.add(connection);
      webSocket.once('close', () => live.delete(connection));
      connection.start();
    });
  }

  return {
    handleUpgrade(request, socket, head) {
      if ((request.url ?? '').split('?', 1)[0] !== path) return false;
      // A client that hangs up while its ticket is looked up must not be an uncaught error.
      socket.on('error', () => socket.destroy());
      upgrade(request, socket, head).catch((error: unknown) => {
        onError(error);
        refuseUpgrade(socket, 503, { code: 'live_unavailable', message: 'sign-ins cannot be checked now; try again' });
      });
      return true;
    },
    wake(recipient) {
      for (const connection of live) {
        if (recipient === undefined || connection.viewer.recipient === recipient) connection.wake();
      }
    },
    drop(principal) {
      for (const connection of live) {
        if (principal !== undefined && connection.viewer.principal !== principal) continue;
        connection.end(LIVE_CLOSE.dropped, 'signed_out').catch(onError);
      }
    },
    connections: () => live.size,
    async close() {
      closed = true;
      await Promise.all([...live].map((connection) => connection.end(LIVE_CLOSE.goingAway, 'going_away')));
      server.close();
    },
  };
}
