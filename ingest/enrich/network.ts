import { isIPv4, isIPv6 } from 'node:net';

function ipv4Bytes(text: string): number[] {
  return text.split('.').map(Number);
}

/** The eight 16-bit groups of a textual IPv6 address that `isIPv6` accepts; a zone (`%eth0`) is cut off. */
function ipv6Groups(text: string): number[] {
  let plain = text.split('%')[0] ?? '';
  const lastColon = plain.lastIndexOf(':');
  const tail = plain.slice(lastColon + 1);
  if (tail.includes('.')) {
    const [a = 0, b = 0, c = 0, d = 0] = ipv4Bytes(tail);
    plain = `${plain.slice(0, lastColon + 1)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  }
  const [left = '', right] = plain.split('::');
  const head = left === '' ? [] : left.split(':');
  const end = right === undefined || right === '' ? [] : right.split(':');
  const zeros = right === undefined ? 0 : 8 - head.length - end.length;
  return [...head, ...Array<string>(zeros).fill('0'), ...end].map((group) => Number.parseInt(group, 16));
}

/** Address blocks that no stranger on the internet comes from: RFC 1918, RFC 6598, RFC 3927, RFC 1122, RFC 4193, RFC 4291. */
function isPrivateIpv4([a = 0, b = 0]: readonly number[]): boolean {
  if (a === 10 || a === 127 || a === 0) return true;
  return (
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b <= 127)
  );
}

export interface Network {
  /** `203.0.113.0/24`, `2001:db8:1::/48`. */
  readonly subnet: string;
  readonly isPrivate: boolean;
}

/**
 * The network an address belongs to: a /24 for IPv4 and a /48 for IPv6, the smallest blocks usually given to one customer site
 * (RFC 6177). IPv4 mapped into IPv6 counts as IPv4. Null for what is no address.
 */
export function networkOf(ip: string): Network | null {
  if (isIPv4(ip)) {
    const bytes = ipv4Bytes(ip);
    return { subnet: `${bytes.slice(0, 3).join('.')}.0/24`, isPrivate: isPrivateIpv4(bytes) };
  }
  if (!isIPv6(ip)) return null;
  const groups = ipv6Groups(ip);
  const [first = 0, second = 0, third = 0] = groups;
  const high = groups[6] ?? 0;
  const low = groups[7] ?? 0;
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return networkOf(`${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`);
  }
  const loopback = low <= 1 && groups.slice(0, 7).every((group) => group === 0);
  const isPrivate = loopback || (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80;
  return { subnet: `${[first, second, third].map((group) => group.toString(16)).join(':')}::/48`, isPrivate };
}
