import type { FastifyReply, FastifyRequest } from 'fastify';
import { eventClient, type IdentityContext } from '../context.ts';
import { newToken } from '../codes.ts';
import { recordRejection } from '../resource/rejections.ts';
import { readCookies, setCookie } from './cookies.ts';

const COOKIE = 'bulwark_csrf';
const PURPOSE = 'csrf';

/** The token for a form on this page; sets the Strict cookie it is made from where the browser has none (attack T14). */
export function issueCsrf(context: IdentityContext, request: FastifyRequest, reply: FastifyReply): string {
  const known = readCookies(request).get(COOKIE);
  const value = known !== undefined && /^[\w-]{43}$/.test(known) ? known : newToken(context.random);
  if (value !== known) setCookie(reply, COOKIE, value, { secure: context.secure, sameSite: 'Strict' });
  return context.seal(PURPOSE, value);
}

/**
 * True when the browser says the request came from a page of ours. Both headers are the browser's own word, which a page cannot
 * change; a program sends neither.
 */
export function isSameOrigin(context: IdentityContext, request: FastifyRequest): boolean {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (typeof site === 'string' && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || origin === context.origin;
}

function isForm(request: FastifyRequest): boolean {
  // Media types are spelled in any case (RFC 9110 §8.3.1).
  return (request.headers['content-type'] ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded');
}

/**
 * A form needs the token; JSON does not, because no other site can send it without a preflight that we never grant. A refusal
 * is a `wallet.request.rejected`.
 */
export async function passesCsrf(context: IdentityContext, request: FastifyRequest, door: string): Promise<boolean> {
  const body = request.body as { csrf?: unknown } | null | undefined;
  const cookie = readCookies(request).get(COOKIE);
  const sealed = typeof body?.csrf === 'string' && cookie !== undefined && context.isSealed(PURPOSE, cookie, body.csrf);
  if (isSameOrigin(context, request) && (sealed || !isForm(request))) return true;
  const client = eventClient(context.clientOf(request.raw));
  await recordRejection(context, { reason: 'csrf', door, detail: 'cross_site', client, accountId: null });
  return false;
}
