import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Blocks that no stranger on the internet comes from: RFC 1122, RFC 1918, RFC 6598, RFC 3927; RFC 4291, RFC 4193. */
const PRIVATE = new BlockList();
for (const [address, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
] as const)
  PRIVATE.addSubnet(address, prefix, 'ipv4');
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

function isPrivate(text: string): boolean {
  const address = text.trim().replace(/^::ffff:(?=\d+\.)/, '');
  const family = isIP(address);
  return family !== 0 && PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** True when the request and every hop it names are of private networks; a hop that cannot be read counts as a stranger. */
export function isFromInside(request: IncomingMessage): boolean {
  const header = request.headers['x-forwarded-for'];
  const forwarded = header === undefined ? [] : String(header).split(',');
  return [...forwarded, request.socket.remoteAddress ?? ''].every(isPrivate) && request.headers['forwarded'] === undefined;
}
