import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Refusal } from '../../../core/index.ts';
import { sendProblem } from '../../../platform/http/index.ts';
import type { Locale } from '../deps.ts';
import type { Page } from './layout.ts';
import { localeOf } from './texts.ts';

/** Programs ask for JSON; browsers get pages. */
export function wantsJson(request: FastifyRequest): boolean {
  return (request.headers.accept ?? '').includes('application/json');
}

export function requestLocale(request: FastifyRequest): Locale {
  const query = request.query as { lang?: unknown } | undefined;
  return localeOf(request.headers['accept-language'], query?.lang);
}

export function sendPage(reply: FastifyReply, status: number, page: Page): FastifyReply {
  return (
    reply
      .code(status)
      .header('content-security-policy', page.policy)
      .header('cache-control', 'no-store')
      // Under `no-referrer` browsers send `Origin: null` with forms (Fetch §3.2), which the check against cross-site forms must refuse.
      .header('referrer-policy', 'same-origin')
      .type('text/html; charset=utf-8')
      .send(page.html)
  );
}

/** A refusal as a problem document for programs, as a page for browsers. */
export function sendRefusal(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  refusal: Refusal,
  page: () => Page,
  extensions: Readonly<Record<string, unknown>> = {},
): FastifyReply {
  reply.header('cache-control', 'no-store');
  return wantsJson(request) ? sendProblem(reply, status, refusal, extensions) : sendPage(reply, status, page());
}
