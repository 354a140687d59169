import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** The network end of a raw request, as far as the proxies in between are believed. */
export interface ForwardedClient {
  /** True for the address of a proxy whose X-Forwarded-For is believed. */
  isTrusted(address: string): boolean;
  clientOf(request: IncomingMessage): { readonly ip: string; readonly userAgent: string };
}

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '');

function trustList(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

/** `proxies` are addresses and CIDR ranges; with none, nobody's X-Forwarded-For is read. */
export function createForwardedClient(proxies: readonly string[]): ForwardedClient {
  const trusted = trustList(proxies);
  function isTrusted(address: string): boolean {
    const family = isIP(plain(address));
    return family !== 0 && trusted.check(plain(address), family === 6 ? 'ipv6' : 'ipv4');
  }
  return {
    isTrusted,
    clientOf(request) {
      const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',');
      const hops = [
        ...forwarded.map((hop) => hop.trim()).filter((hop) => isIP(hop) !== 0),
        request.socket.remoteAddress ?? '0.0.0.0',
      ];
      // From our end outwards: the first hop that is no proxy of ours is the client, whatever it claims stood before it.
      const client = hops.toReversed().find((hop) => !isTrusted(hop)) ?? hops[0] ?? '0.0.0.0';
      return { ip: plain(client), userAgent: (request.headers['user-agent'] ?? '').slice(0, 256) };
    },
  };
}
