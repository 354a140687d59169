import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from '../../core/index.ts';
import { type Problem, sendProblem } from '../../platform/http/index.ts';

interface Meaning {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

const MALFORMED: Meaning = { status: 400, code: 'request_malformed', detail: 'this is no HTTP request that can be read' };
/** Node's errors of a connection whose request could not be read: https://nodejs.org/api/http.html#event-clienterror */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_too_slow', detail: 'the request did not come whole in time' },
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers_too_large', detail: 'the headers of a request have at most 16 KiB' },
};

/** Answers on the bare socket, since there is no request yet to answer to. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const { status, code, detail } = MEANINGS[error.code ?? ''] ?? MALFORMED;
  const problem: Problem = { type: `urn:bulwark:problem:${code}`, title: code.replaceAll('_', ' '), status, code, detail };
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroy(error);
}

/** An address that is none: half of a percent sign, or a part longer than any id. */
export function answerBadAddress(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const code = (error.code ?? 'address_malformed').toLowerCase();
  sendProblem(reply, error.statusCode ?? 400, refuse(code, 'the address is not one that can be read').refusal);
}
