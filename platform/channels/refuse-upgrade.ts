import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Refusal } from '../../core/index.ts';

/** Answers a WebSocket handshake with a problem document (RFC 9457) and ends the connection. */
export function refuseUpgrade(socket: Duplex, status: number, refusal: Refusal): void {
  if (socket.destroyed) return;
  const body = JSON.stringify({
    type: `urn:bulwark:problem:${refusal.code}`,
    title: refusal.code.replaceAll('_', ' '),
    status,
    code: refusal.code,
    detail: refusal.message,
  });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
    'Connection: close',
    'Content-Type: application/problem+json',
    'Cache-Control: no-store',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
