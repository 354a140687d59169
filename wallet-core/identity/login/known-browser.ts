import type { FastifyReply, FastifyRequest } from 'fastify';
import { newToken } from '../codes.ts';
import type { IdentityContext } from '../context.ts';
import { readCookies, setCookie } from '../pages/cookies.ts';
import type { KnownBrowser } from './login.ts';

const COOKIE = 'bulwark_known';
const PURPOSE = 'known-browser';
/** Half a year: a wallet looked at twice a year still knows its owner's browser. */
const MAX_AGE_SECONDS = 180 * 24 * 3_600;

/**
 * A browser that finished a login for an account (OWASP “device cookies”). It opens no door: it only moves the owner's own tries
 * into a bucket that strangers cannot empty.
 */
export function readKnownBrowser(context: IdentityContext, request: FastifyRequest): KnownBrowser | null {
  const [accountId, browserId, seal] = (readCookies(request).get(COOKIE) ?? '').split('.');
  if (accountId === undefined || browserId === undefined || seal === undefined) return null;
  return context.isSealed(PURPOSE, `${accountId}.${browserId}`, seal) ? { accountId, browserId } : null;
}

export function rememberBrowser(context: IdentityContext, reply: FastifyReply, accountId: string): void {
  const value = `${accountId}.${newToken(context.random)}`;
  const options = { secure: context.secure, sameSite: 'Lax', maxAge: MAX_AGE_SECONDS } as const;
  setCookie(reply, COOKIE, `${value}.${context.seal(PURPOSE, value)}`, options);
}
