import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OutsideError } from '../../core/index.ts';

/** An address that is ours from the first moment of the start, and says so until the application answers. */
export interface ReservedAddress {
  readonly server: Server;
  readonly port: number;
  /** From now on requests go to the application. */
  answerWith(listener: RequestListener): void;
  close(): Promise<void>;
}

const STARTING = JSON.stringify({
  type: 'urn:bulwark:problem:starting',
  title: 'starting',
  status: 503,
  code: 'starting',
  detail: 'Bulwark is starting; ask again in a moment',
});

const sayStarting: RequestListener = (_request, response) => {
  response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' }).end(STARTING);
};

function explain(error: NodeJS.ErrnoException, host: string, port: number): OutsideError {
  const message =
    error.code === 'EADDRINUSE'
      ? `port ${port} on ${host} is taken by another program: stop it, or set BULWARK_PORT to another port (0 takes any)`
      : `cannot listen on ${host}:${port}: ${error.message}`;
  return new OutsideError(error.code === 'EADDRINUSE' ? 'port_taken' : 'cannot_listen', message, {
    retryable: false,
    cause: error,
  });
}

/**
 * Listens at once, so that a taken port is found before anything else starts. Port 0 takes any free one. Throws OutsideError
 * `port_taken` or `cannot_listen`.
 */
export async function reserveAddress(host: string, port: number): Promise<ReservedAddress> {
  const server = createServer(sayStarting);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, host, port)));
    server.listen(port, host, resolve);
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    answerWith(listener) {
      server.off('request', sayStarting);
      server.on('request', listener);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
