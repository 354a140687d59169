import { keccak256 } from 'ethers';
import { OutsideError } from '../../core/index.ts';
import { agree, collect, type Disagreement } from './quorum.ts';
import { proveReceipts } from './receipts-root.ts';
import { openEndpoint, type RpcEndpoint, RpcRefusal } from './rpc-endpoint.ts';
import {
  parseBig,
  parseBlock,
  parseHeader,
  parseHex,
  parseNumber,
  parseReceipt,
  parseReceipts,
  parseSeenTransaction,
} from './rpc-parse.ts';
import type { BlockHeader, Chain, Hex, Receipt } from './port.ts';

export interface ChainOptions {
  /** For people: `Ethereum`, `development chain`. */
  readonly name: string;
  /** EIP-155 id every endpoint must have. */
  readonly chainId: number;
  /** Hash of block 0 every endpoint must have; without it the first agreed answer is pinned for the life of this object. */
  readonly genesisHash?: Hex;
  /** HTTP(S) JSON-RPC URLs, independent of each other where k > 1. */
  readonly rpcUrls: readonly string[];
  /** k of n: how many endpoints must give the same answer. */
  readonly quorum: number;
  /**
   * Whether block hash and receipts root are recomputed from what a node says (the default). Off only for a chain whose headers or
   * receipts have fields of their own, such as OP Stack deposits: there k must be at least 2.
   */
  readonly proveReceipts?: boolean;
  /** True for a chain that must not carry real money. */
  readonly developmentOnly?: boolean;
  /** For the line that start prints: why this adapter. */
  readonly why?: string;
  readonly onDisagreement?: (disagreement: Disagreement) => void;
}

/** ERC-20: selectors of balanceOf(address) and decimals(). */
const BALANCE_OF = '0x70a08231';
const DECIMALS = '0x313ce567';
/** Tip offered where the node has no opinion: 1 gwei, the customary minimum wallets offer. */
const TIP_WEI_DEFAULT = 1_000_000_000n;

function quantity(number: number | bigint): Hex {
  return `0x${number.toString(16)}`;
}

/** A contract that fails is an answer; a node that fails is not. Code 3 is the EIP-1474 revert, -32003 anvil's, -32000 geth's. */
function executionFailed(error: unknown): boolean {
  if (!(error instanceof RpcRefusal)) return false;
  return error.rpcCode === 3 || /revert|invalid opcode|out of gas|evm error|stack (under|over)flow/i.test(error.message);
}

/**
 * What reading a token may cost. Whoever claims a deposit names the contract, and its code may loop for as long as a node lets it;
 * an honest `balanceOf`, behind proxies too, takes under 100,000.
 */
const TOKEN_CALL_GAS = 1_000_000;

async function callToken(endpoint: RpcEndpoint, token: Hex, data: string, block: string): Promise<Hex | null> {
  try {
    const answer = parseHex(
      await endpoint.request('eth_call', [{ to: token, data, gas: quantity(TOKEN_CALL_GAS) }, block]),
      'call result',
    );
    return answer.length >= 66 ? (answer.slice(0, 66) as Hex) : null;
  } catch (error) {
    if (executionFailed(error)) return null;
    throw error;
  }
}

async function readBlockNumber(endpoint: RpcEndpoint): Promise<number> {
  return parseNumber(await endpoint.request('eth_blockNumber', []), 'block number');
}

async function readFinalized(endpoint: RpcEndpoint): Promise<BlockHeader | null> {
  try {
    const block = await endpoint.request('eth_getBlockByNumber', ['finalized', false]);
    return block === null ? null : parseHeader(block);
  } catch (error) {
    if (error instanceof RpcRefusal) return null;
    throw error;
  }
}

async function readReceipts(endpoint: RpcEndpoint, blockHash: Hex, options: ChainOptions): Promise<readonly Receipt[]> {
  const receipts = await endpoint.request('eth_getBlockReceipts', [blockHash]);
  if (receipts === null)
    throw new OutsideError('rpc_malformed', `${endpoint.label} has no block ${blockHash}`, { retryable: true });
  const parsed = parseReceipts(receipts);
  if (options.proveReceipts ?? true) {
    proveReceipts(blockHash, await endpoint.request('eth_getBlockByHash', [blockHash, false]), receipts);
  }
  return parsed;
}

const ALREADY_KNOWN = /already known|already imported|known transaction|nonce too low|transaction already/i;

async function readFees(endpoint: RpcEndpoint) {
  const block = (await endpoint.request('eth_getBlockByNumber', ['latest', false])) as { baseFeePerGas?: unknown };
  const baseFee = parseBig(block.baseFeePerGas, 'base fee');
  const tip = await endpoint.request('eth_maxPriorityFeePerGas', []).then(
    (answer) => parseBig(answer, 'priority fee'),
    (error: unknown) => {
      if (error instanceof RpcRefusal) return TIP_WEI_DEFAULT;
      throw error;
    },
  );
  // Twice the base fee stays valid for six full blocks of growth (EIP-1559: at most 12.5 % a block).
  return { maxFeePerGas: baseFee * 2n + tip, maxPriorityFeePerGas: tip };
}

/** Keeps an endpoint of another chain out, however it got behind the URL. */
function guarded(endpoint: RpcEndpoint, pin: { chainId: number; genesisHash: Hex | null }): RpcEndpoint {
  return {
    ...endpoint,
    async request(method, parameters) {
      const identity = await endpoint.identity();
      const wanted = pin.genesisHash ?? identity.genesisHash;
      if (identity.chainId !== pin.chainId || identity.genesisHash !== wanted) {
        throw new OutsideError(
          'wrong_chain',
          `${endpoint.label} is chain ${identity.chainId} with genesis ${identity.genesisHash}; chain ${pin.chainId} with genesis ${wanted} is expected: check the RPC URL`,
          { retryable: false },
        );
      }
      return endpoint.request(method, parameters);
    },
  };
}

/**
 * Opens one EVM chain over k-of-n JSON-RPC endpoints. Every read that a decision rests on is asked of all n, and stands only when k
 * answers are equal. Throws OutsideError: `wrong_chain` (never retry), `rpc_unreachable`, `rpc_disagreement`, `rpc_malformed`,
 * `rpc_refused`, `receipts_unproven`, `chain_options_invalid`.
 */
export async function openChain(options: ChainOptions): Promise<Chain> {
  const { chainId, quorum, rpcUrls } = options;
  if (rpcUrls.length === 0 || quorum < 1 || quorum > rpcUrls.length || (options.proveReceipts === false && quorum < 2)) {
    throw new OutsideError(
      'chain_options_invalid',
      `${options.name}: quorum ${quorum} of ${rpcUrls.length} RPC URLs (at least 2 where receipts are not proven)`,
      {
        retryable: false,
      },
    );
  }
  const pin = { chainId, genesisHash: options.genesisHash ?? null };
  const endpoints = rpcUrls.map((url) => guarded(openEndpoint(url, chainId), pin));
  const report = options.onDisagreement ?? (() => undefined);
  const all = <Value>(what: string, read: (endpoint: RpcEndpoint) => Promise<Value>) =>
    agree(endpoints, quorum, what, read, report);
  let genesisHash: Hex;
  try {
    genesisHash = await all('the genesis block', async (endpoint) => {
      await endpoint.request('eth_chainId', []);
      return (await endpoint.identity()).genesisHash;
    });
  } catch (error) {
    for (const endpoint of endpoints) endpoint.close();
    throw error;
  }
  pin.genesisHash = genesisHash;
  return chainOver({ options, endpoints, genesisHash, all });
}

interface Opened {
  readonly options: ChainOptions;
  readonly endpoints: readonly RpcEndpoint[];
  readonly genesisHash: Hex;
  readonly all: <Value>(what: string, read: (endpoint: RpcEndpoint) => Promise<Value>) => Promise<Value>;
}

function chainOver({ options, endpoints, genesisHash, all }: Opened): Chain {
  const { quorum } = options;
  const headerAt = (number: number) =>
    all(`block ${number}`, async (endpoint) => {
      const block = await endpoint.request('eth_getBlockByNumber', [quantity(number), false]);
      return block === null ? null : parseHeader(block);
    });
  /** Nodes learn of blocks at different moments: the k-th highest is the newest that k of them can know. */
  async function agreedNewest(numbers: readonly number[]): Promise<BlockHeader> {
    const number = numbers.toSorted((left, right) => right - left)[quorum - 1] ?? 0;
    const header = await headerAt(number);
    if (header !== null) return header;
    throw new OutsideError('rpc_disagreement', `block ${number} is announced but not served`, { retryable: true });
  }
  return {
    description: {
      port: 'chain',
      adapter: `${options.name} (chain ${options.chainId}), ${quorum} of ${endpoints.length}: ${endpoints.map((each) => each.label).join(', ')}`,
      // A development node dumps its state every few seconds: a kill loses what came since.
      durable: !(options.developmentOnly ?? false),
      developmentOnly: options.developmentOnly ?? false,
      why: options.why ?? 'RPC URLs are set',
    },
    chainId: options.chainId,
    genesisHash,
    async head() {
      return agreedNewest(await collect(endpoints, quorum, readBlockNumber));
    },
    async finalized() {
      const heads = (await collect(endpoints, quorum, readFinalized)).filter((header) => header !== null);
      return heads.length < quorum ? null : agreedNewest(heads.map((header) => header.number));
    },
    block: (number) =>
      all(`block ${number}`, async (endpoint) => {
        const block = await endpoint.request('eth_getBlockByNumber', [quantity(number), true]);
        return block === null ? null : parseBlock(block);
      }),
    receipts: (blockHash) => all(`receipts of ${blockHash}`, (endpoint) => readReceipts(endpoint, blockHash, options)),
    ...transactionMethods(endpoints, all),
    ...stateMethods(endpoints, all),
    close() {
      for (const endpoint of endpoints) endpoint.close();
      return Promise.resolve();
    },
  };
}

function transactionMethods(endpoints: readonly RpcEndpoint[], all: Opened['all']) {
  return {
    receipt: (hash: Hex) =>
      all(`receipt of ${hash}`, async (endpoint) => {
        const receipt = await endpoint.request('eth_getTransactionReceipt', [hash]);
        return receipt === null ? null : parseReceipt(receipt);
      }),
    transaction: (hash: Hex) =>
      all(`transaction ${hash}`, async (endpoint) => {
        const transaction = await endpoint.request('eth_getTransactionByHash', [hash]);
        return transaction === null ? null : parseSeenTransaction(transaction);
      }),
    async nextNonce(address: Hex) {
      const read = async (endpoint: RpcEndpoint) =>
        parseNumber(await endpoint.request('eth_getTransactionCount', [address, 'pending']), 'nonce');
      return Math.max(...(await collect(endpoints, 1, read)));
    },
    async broadcast(rawTransaction: Hex) {
      const read = async (endpoint: RpcEndpoint) => {
        try {
          return parseHex(await endpoint.request('eth_sendRawTransaction', [rawTransaction]), 'transaction hash', 32);
        } catch (error) {
          const hash = keccak256(rawTransaction) as Hex;
          if (!(error instanceof RpcRefusal) || !ALREADY_KNOWN.test(error.message)) throw error;
          // “nonce too low” also means that another transaction took the nonce: only a node that has this one says it is known.
          if ((await endpoint.request('eth_getTransactionByHash', [hash])) === null) throw error;
          return hash;
        }
      };
      const [hash] = await collect(endpoints, 1, read);
      if (hash === undefined) throw new Error('no endpoint was asked');
      return hash;
    },
  };
}

function stateMethods(endpoints: readonly RpcEndpoint[], all: Opened['all']) {
  const first = async <Value>(read: (endpoint: RpcEndpoint) => Promise<Value>): Promise<Value> => {
    const [value] = await collect(endpoints, 1, read);
    if (value === undefined) throw new Error('no endpoint was asked');
    return value;
  };
  return {
    balance: (address: Hex, blockNumber: number) =>
      all(`balance of ${address} at ${blockNumber}`, async (endpoint) =>
        parseBig(await endpoint.request('eth_getBalance', [address, quantity(blockNumber)]), 'balance'),
      ),
    tokenBalance: (token: Hex, holder: Hex, blockNumber: number) =>
      all(`balance of ${holder} in ${token} at ${blockNumber}`, async (endpoint) => {
        const data = `${BALANCE_OF}${holder.slice(2).padStart(64, '0')}`;
        const word = await callToken(endpoint, token, data, quantity(blockNumber));
        return word === null ? null : BigInt(word);
      }),
    code: (address: Hex, blockNumber: number) =>
      all(`code of ${address} at ${blockNumber}`, async (endpoint) =>
        parseHex(await endpoint.request('eth_getCode', [address, quantity(blockNumber)]), 'code'),
      ),
    tokenDecimals: (token: Hex) =>
      all(`decimals of ${token}`, async (endpoint) => {
        const word = await callToken(endpoint, token, DECIMALS, 'latest');
        // ERC-20 declares decimals as uint8.
        return word === null || BigInt(word) > 255n ? null : Number(BigInt(word));
      }),
    fees: () => first(readFees),
    estimateGas: (call: { from: Hex; to: Hex; value: bigint; data: Hex }) =>
      first(async (endpoint) =>
        parseBig(await endpoint.request('eth_estimateGas', [{ ...call, value: quantity(call.value) }]), 'gas estimate'),
      ),
  };
}
