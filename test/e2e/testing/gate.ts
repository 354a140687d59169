import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** An address that is there or away as the test says: what is behind it goes on running meanwhile. */
export interface Gate {
  readonly port: number;
  /** From now on connections reach the port behind. */
  open(behind: number): Promise<void>;
  /** Connections end, and new ones are refused. */
  shut(): Promise<void>;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Begins shut. */
export async function createGate(): Promise<Gate> {
  const probe = createServer();
  const port = await listen(probe, 0);
  await new Promise((resolve) => probe.close(resolve));
  const sockets = new Set<Socket>();
  let server: Server | undefined;

  function keep(socket: Socket, other: Socket): void {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.on('error', () => undefined);
  }

  return {
    port,
    async open(behind) {
      server = createServer((socket) => {
        const onward = connect(behind, '127.0.0.1');
        keep(socket, onward);
        keep(onward, socket);
        socket.pipe(onward).pipe(socket);
      });
      await listen(server, port);
    },
    async shut() {
      const closing = server;
      server = undefined;
      if (closing === undefined) return;
      const closed = new Promise((resolve) => closing.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
