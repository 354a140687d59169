import type { FastifyReply } from 'fastify';
import type { Refusal } from '../../core/index.ts';

/** RFC 9457 problem document; `code` is stable and append-only, `detail` is for people. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly [extension: string]: unknown;
}

/** Answers a request with a problem document (RFC 9457). */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  refusal: Refusal,
  extensions: Readonly<Record<string, unknown>> = {},
): FastifyReply {
  const problem: Problem = {
    ...extensions,
    type: `urn:bulwark:problem:${refusal.code}`,
    title: refusal.code.replaceAll('_', ' '),
    status,
    code: refusal.code,
    detail: refusal.message,
  };
  return reply.code(status).type('application/problem+json').send(problem);
}
