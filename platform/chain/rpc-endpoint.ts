import { setTimeout as sleep } from 'node:timers/promises';
import { FetchRequest, JsonRpcProvider, Network } from 'ethers';
import { OutsideError, SECOND_MS } from '../../core/index.ts';
import { parseHex, parseNumber } from './rpc-parse.ts';
import type { Hex } from './port.ts';

/** One request; a healthy node answers eth_getBlockReceipts of a full block in under two seconds. */
const REQUEST_MS_MAX = 10 * SECOND_MS;
/** Two more attempts bridge a restarted load balancer; a watcher comes back by itself after that. */
const RETRY_WAITS_MS = [200, 1_000];

/** The node understood the request and refused it: JSON-RPC code and message, as it said them. */
export class RpcRefusal extends OutsideError {
  readonly rpcCode: number;

  constructor(rpcCode: number, message: string, cause: unknown) {
    super('rpc_refused', message, { retryable: false, cause });
    this.rpcCode = rpcCode;
  }
}

export interface RpcEndpoint {
  /** Host and port alone: a path or user part of an RPC URL is often its API key. */
  readonly label: string;
  request(method: string, parameters: readonly unknown[]): Promise<unknown>;
  /** The endpoint's chain, asked again after each lost connection. */
  identity(): Promise<{ readonly chainId: number; readonly genesisHash: Hex }>;
  close(): void;
}

interface RpcErrorShape {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** ethers keeps the node's own error object under `info.error` or `error`, depending on the path it took. */
function nodeErrorOf(error: unknown): RpcErrorShape | null {
  const carrier = error as { info?: { error?: RpcErrorShape }; error?: RpcErrorShape } | null;
  const inner = carrier?.info?.error ?? carrier?.error;
  return typeof inner === 'object' && typeof inner.code === 'number' ? inner : null;
}

/** What a path, query or user part of the address would give away, out of a text that ends in logs. */
function keyHider(url: string): (text: string) => string {
  const { host, pathname, search, username, password } = new URL(url);
  const secrets = [url, `${pathname}${search}`, pathname, username, password].filter((part) => part.length > 1);
  return (text) => secrets.reduce((hidden, part) => hidden.replaceAll(part, `[${host}]`), text);
}

type Hide = ReturnType<typeof keyHider>;

function outsideErrorOf(label: string, method: string, error: unknown, hide: Hide): OutsideError {
  // ethers writes the whole address into its messages and hangs request and response on its errors: only words go on.
  const cause = new Error(hide(error instanceof Error ? error.message : String(error)));
  const refused = nodeErrorOf(error);
  if (refused !== null)
    return new RpcRefusal(Number(refused.code), hide(`${label} ${method}: ${String(refused.message)}`), cause);
  const code = (error as { code?: unknown } | null)?.code;
  return new OutsideError(
    'rpc_unreachable',
    `${label} did not answer ${method} (${typeof code === 'string' ? code : 'no answer'})`,
    { retryable: true, cause },
  );
}

/** One JSON-RPC URL through ethers. Only the transport is used: answers are parsed here, and no background polling runs. */
export function openEndpoint(url: string, chainId: number): RpcEndpoint {
  const label = new URL(url).host;
  const hide = keyHider(url);
  const transport = new FetchRequest(url);
  transport.timeout = REQUEST_MS_MAX;
  const provider = new JsonRpcProvider(transport, undefined, {
    // The chain id is checked by `identity`, once a connection; ethers' own detection would retry for ever in the background.
    staticNetwork: Network.from(chainId),
    batchMaxCount: 1,
    // A cached answer of a quarter second ago is a wrong head.
    cacheTimeout: -1,
  });
  let known: Promise<{ chainId: number; genesisHash: Hex }> | null = null;

  async function once(method: string, parameters: readonly unknown[]): Promise<unknown> {
    try {
      return (await provider.send(method, [...parameters])) as unknown;
    } catch (error) {
      const outside = outsideErrorOf(label, method, error, hide);
      // Another node may answer behind the same URL next time.
      if (outside.retryable) known = null;
      throw outside;
    }
  }

  async function request(method: string, parameters: readonly unknown[]): Promise<unknown> {
    for (const wait of RETRY_WAITS_MS) {
      try {
        return await once(method, parameters);
      } catch (error) {
        if (!(error instanceof OutsideError) || !error.retryable) throw error;
        await sleep(wait);
      }
    }
    return once(method, parameters);
  }

  async function readIdentity() {
    const genesis = (await request('eth_getBlockByNumber', ['0x0', false])) as { hash?: unknown } | null;
    return {
      chainId: parseNumber(await request('eth_chainId', []), 'chain id'),
      genesisHash: parseHex(genesis?.hash, 'genesis hash', 32),
    };
  }

  return {
    label,
    request,
    async identity() {
      known ??= readIdentity();
      const asked = known;
      try {
        return await asked;
      } catch (error) {
        if (known === asked) known = null;
        throw error;
      }
    },
    close: () => provider.destroy(),
  };
}
