import type { FastifyReply, FastifyRequest } from 'fastify';

/** Cookies of a request (RFC 6265 §5.4); of two with one name the first counts. */
export function readCookies(request: FastifyRequest): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    const name = part.slice(0, at).trim();
    if (at > 0 && !cookies.has(name)) cookies.set(name, part.slice(at + 1).trim());
  }
  return cookies;
}

export interface CookieOptions {
  readonly secure: boolean;
  readonly sameSite: 'Strict' | 'Lax';
  /** Seconds; 0 deletes; without it the cookie goes with the browser's session. */
  readonly maxAge?: number;
}

/** Adds a host-only, HttpOnly cookie for the whole site. Values are ours: base64url, uuids and dots. */
export function setCookie(reply: FastifyReply, name: string, value: string, options: CookieOptions): void {
  const age = options.maxAge === undefined ? '' : `; Max-Age=${options.maxAge}`;
  const secure = options.secure ? '; Secure' : '';
  reply.header('set-cookie', `${name}=${value}; Path=/; HttpOnly; SameSite=${options.sameSite}${secure}${age}`);
}
