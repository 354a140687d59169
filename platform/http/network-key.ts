import { isIPv6 } from 'node:net';

/**
 * What to count an address by: an IPv4 address itself, an IPv6 one by its /64. One subscriber is given at least a whole /64 (RFC 6177),
 * so whoever counts single IPv6 addresses counts nothing.
 */
export function networkKey(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const [left = '', right] = (ip.split('%')[0] ?? '').split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  // An IPv4 address at the end stands for two groups.
  const zeros = right === undefined ? 0 : 8 - head.length - tail.length - (tail.at(-1)?.includes('.') === true ? 1 : 0);
  const groups = [...head, ...Array<string>(zeros).fill('0'), ...tail].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
