import type { Draw } from './draw.ts';

/** Where requests come from, and with what. */
export interface NetworkEnd {
  readonly ip: string;
  readonly userAgent: string;
}

const BROWSERS = [
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile Safari/604.1',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0',
  'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0',
] as const;

/** RFC 2544 sets 198.18.0.0/15 aside for benchmarks: 512 networks of /24 that belong to nobody. */
const NETWORKS = 512;

export interface Networks {
  /** An address in a network that nobody else of this world has. */
  next(draw: Draw): NetworkEnd;
}

export function createNetworks(draw: Draw): Networks {
  const free = draw.shuffled(Array.from({ length: NETWORKS }, (_, index) => index));
  return {
    next(own) {
      const network = free.pop();
      if (network === undefined) throw new RangeError(`the demo world has ${NETWORKS} networks: ask for fewer minutes`);
      const ip = `198.${18 + Math.floor(network / 256)}.${network % 256}.${own.integer(1, 254)}`;
      return { ip, userAgent: own.pick(BROWSERS) };
    },
  };
}
