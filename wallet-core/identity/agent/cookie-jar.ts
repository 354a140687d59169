interface Cookie {
  readonly name: string;
  readonly path: string;
  readonly value: string;
}

/** Cookies of one browser with one site: names, paths and deletion, which is all that our servers use. */
export interface CookieJar {
  take(response: Response): void;
  header(path: string): string;
}

function parseCookie(line: string): { cookie: Cookie; deleted: boolean } {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const at = pair.indexOf('=');
  const attribute = (name: string): string | undefined =>
    attributes.find((text) => text.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
  const expires = attribute('expires');
  const deleted = attribute('max-age') === '0' || (expires !== undefined && Date.parse(expires) <= 0);
  return { cookie: { name: pair.slice(0, at), value: pair.slice(at + 1), path: attribute('path') ?? '/' }, deleted };
}

/** Path match of RFC 6265 §5.1.4. */
function matches(cookiePath: string, path: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`);
}

export function createCookieJar(): CookieJar {
  const cookies = new Map<string, Cookie>();
  return {
    take(response) {
      for (const line of response.headers.getSetCookie()) {
        const { cookie, deleted } = parseCookie(line);
        const key = `${cookie.name} ${cookie.path}`;
        if (deleted) cookies.delete(key);
        else cookies.set(key, cookie);
      }
    },
    header(path) {
      return [...cookies.values()]
        .filter((cookie) => matches(cookie.path, path))
        .map(({ name, value }) => `${name}=${value}`)
        .join('; ');
    },
  };
}
