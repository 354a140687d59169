import { type CookieJar, createCookieJar } from './cookie-jar.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or the text of anything else. */
  readonly body: unknown;
}

export interface AgentHttp {
  /** Sends with this browser's cookies; redirects are not followed. `body` goes as JSON, `form` url-encoded. */
  send(
    method: string,
    pathOrUrl: string,
    options?: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
      readonly form?: Record<string, string>;
    },
  ): Promise<Answer>;
  absolute(pathOrUrl: string): string;
  /** The browser's cookies, to go on with elsewhere. */
  readonly cookies: CookieJar;
}

function encode(options: { body?: unknown; form?: Record<string, string> }): { body?: string; headers: Record<string, string> } {
  if (options.form !== undefined) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { body: new URLSearchParams(options.form).toString(), headers };
  }
  if (options.body === undefined) return { headers: {} };
  return { body: JSON.stringify(options.body), headers: { 'content-type': 'application/json' } };
}

/** A browser-like client for one site: own cookies, own address, own user agent. */
export function createAgentHttp(
  options: { baseUrl: string; forwardedFor?: string; userAgent?: string },
  jar: CookieJar = createCookieJar(),
): AgentHttp {
  const absolute = (pathOrUrl: string): string => new URL(pathOrUrl, options.baseUrl).href;
  return {
    absolute,
    cookies: jar,
    async send(method, pathOrUrl, request = {}) {
      const url = absolute(pathOrUrl);
      const { body, headers } = encode(request);
      const response = await fetch(url, {
        method,
        redirect: 'manual',
        headers: {
          accept: 'application/json',
          'user-agent': options.userAgent ?? 'Bulwark wallet agent',
          ...(options.forwardedFor === undefined ? {} : { 'x-forwarded-for': options.forwardedFor }),
          cookie: jar.header(new URL(url).pathname),
          ...headers,
          ...request.headers,
        },
        ...(body === undefined ? {} : { body }),
      });
      jar.take(response);
      const text = await response.text();
      const json = (response.headers.get('content-type') ?? '').includes('json');
      return {
        status: response.status,
        headers: response.headers,
        body: json && text !== '' ? (JSON.parse(text) as unknown) : text,
      };
    },
  };
}
