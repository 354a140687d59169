import type { AdapterDescription } from '../adapter.ts';

/** 0x-prefixed lower-case hex. Addresses are lower-case here; screens show EIP-55. */
export type Hex = `0x${string}`;

export interface BlockHeader {
  readonly number: number;
  readonly hash: Hex;
  readonly parentHash: Hex;
  /** Unix seconds. */
  readonly timestamp: number;
}

export interface ChainTransaction {
  readonly hash: Hex;
  readonly from: Hex;
  /** null for a contract creation. */
  readonly to: Hex | null;
  /** wei */
  readonly value: bigint;
  readonly nonce: number;
  readonly type: number;
}

export interface Block extends BlockHeader {
  readonly transactions: readonly ChainTransaction[];
}

export interface ReceiptLog {
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

export interface Receipt {
  readonly transactionHash: Hex;
  readonly blockHash: Hex;
  readonly blockNumber: number;
  readonly status: 'success' | 'reverted';
  readonly from: Hex;
  readonly to: Hex | null;
  /** In receipt order: a log's index in this list is its position, which no reorg shifts. */
  readonly logs: readonly ReceiptLog[];
  readonly gasUsed: bigint;
  readonly effectiveGasPrice: bigint;
}

export interface FeeQuote {
  /** wei per gas (EIP-1559) */
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** One EVM chain (EIP-155 id and genesis pinned at connect: another chain behind the URL is refused). Throws OutsideError. */
export interface Chain {
  readonly description: AdapterDescription;
  readonly chainId: number;
  readonly genesisHash: Hex;
  head(): Promise<BlockHeader>;
  /** Newest block the chain calls final; null where the chain has no such tag. */
  finalized(): Promise<BlockHeader | null>;
  block(number: number): Promise<Block | null>;
  /** Every receipt of the block with this hash, in transaction order. */
  receipts(blockHash: Hex): Promise<readonly Receipt[]>;
  receipt(transactionHash: Hex): Promise<Receipt | null>;
  transaction(transactionHash: Hex): Promise<(ChainTransaction & { readonly blockNumber: number | null }) | null>;
  /** wei at the end of the block. */
  balance(address: Hex, blockNumber: number): Promise<bigint>;
  /** ERC-20 `balanceOf` at the end of the block; null where the call fails or answers nothing. */
  tokenBalance(token: Hex, holder: Hex, blockNumber: number): Promise<bigint | null>;
  code(address: Hex, blockNumber: number): Promise<Hex>;
  /** ERC-20 `decimals()`; null where the call fails. */
  tokenDecimals(token: Hex): Promise<number | null>;
  /** Nonce of the next transaction, the pool's included. */
  nextNonce(address: Hex): Promise<number>;
  fees(): Promise<FeeQuote>;
  estimateGas(call: { from: Hex; to: Hex; value: bigint; data: Hex }): Promise<bigint>;
  /** Idempotent: a transaction the node already knows is no error. Returns its hash. */
  broadcast(rawTransaction: Hex): Promise<Hex>;
  close(): Promise<void>;
}
