import { concat, encodeRlp, getBytes, keccak256, toBeArray } from 'ethers';
import { OutsideError } from '../../core/index.ts';
import { parseBig, parseHex } from './rpc-parse.ts';
import type { Hex } from './port.ts';

type Json = Readonly<Record<string, unknown>>;
type Node = string | Node[];

interface Entry {
  readonly nibbles: readonly number[];
  readonly value: string;
}

function nibblesOf(hex: string): number[] {
  return [...getBytes(hex)].flatMap((byte) => [byte >> 4, byte & 15]);
}

/** Hex-prefix encoding, Ethereum Yellow Paper appendix C. */
function compact(nibbles: readonly number[], leaf: boolean): string {
  const odd = nibbles.length % 2;
  const flag = (leaf ? 2 : 0) + odd;
  const padded = odd === 1 ? [flag, ...nibbles] : [flag, 0, ...nibbles];
  return `0x${padded.map((each) => each.toString(16)).join('')}`;
}

function sharedFrom(entries: readonly Entry[], depth: number): number {
  const [first] = entries;
  let length = 0;
  while (
    first !== undefined &&
    depth + length < first.nibbles.length &&
    entries.every((each) => each.nibbles[depth + length] === first.nibbles[depth + length])
  ) {
    length += 1;
  }
  return length;
}

/** A node shorter than 32 bytes stands in its parent; a longer one by its hash. */
function reference(node: Node): Node {
  const encoded = encodeRlp(node);
  return getBytes(encoded).length < 32 ? node : keccak256(encoded);
}

function buildNode(entries: readonly Entry[], depth: number): Node {
  const [first] = entries;
  if (first === undefined) return '0x';
  if (entries.length === 1) return [compact(first.nibbles.slice(depth), true), first.value];
  const shared = sharedFrom(entries, depth);
  if (shared > 0)
    return [compact(first.nibbles.slice(depth, depth + shared), false), reference(buildNode(entries, depth + shared))];
  const children: Node[] = Array.from({ length: 16 }, (_each, nibble) => {
    const below = entries.filter((entry) => entry.nibbles[depth] === nibble);
    return below.length === 0 ? '0x' : reference(buildNode(below, depth + 1));
  });
  return [...children, entries.find((entry) => entry.nibbles.length === depth)?.value ?? '0x'];
}

/** Root of the Merkle Patricia trie that maps RLP(index) to the value at that index (Yellow Paper, appendix D). */
export function listRoot(values: readonly string[]): Hex {
  const entries = values.map((value, index) => ({ nibbles: nibblesOf(encodeRlp(toBeArray(index))), value }));
  return keccak256(encodeRlp(buildNode(entries, 0))) as Hex;
}

function quantity(value: unknown, what: string): Uint8Array {
  return toBeArray(parseBig(value, what));
}

/** The consensus form of a receipt: EIP-2718 type byte, then RLP of status, cumulative gas, bloom and logs (EIP-658). */
function encodeReceipt(receipt: Json): string {
  const logs = (receipt['logs'] as readonly Json[]).map((log) => [
    parseHex(log['address'], 'log address', 20),
    (log['topics'] as readonly unknown[]).map((topic) => parseHex(topic, 'log topic', 32)),
    parseHex(log['data'], 'log data'),
  ]);
  const body = encodeRlp([
    quantity(receipt['status'], 'receipt status'),
    quantity(receipt['cumulativeGasUsed'], 'cumulative gas'),
    parseHex(receipt['logsBloom'], 'logs bloom', 256),
    logs,
  ]);
  const type = receipt['type'] === undefined ? 0n : parseBig(receipt['type'], 'receipt type');
  return type === 0n ? body : concat([toBeArray(type), body]);
}

/** Header fields in consensus order; those after the nonce came with later forks, and only stand where the chain has them. */
const HEADER: readonly (readonly [name: string, kind: 'bytes' | 'quantity'])[] = [
  ['parentHash', 'bytes'],
  ['sha3Uncles', 'bytes'],
  ['miner', 'bytes'],
  ['stateRoot', 'bytes'],
  ['transactionsRoot', 'bytes'],
  ['receiptsRoot', 'bytes'],
  ['logsBloom', 'bytes'],
  ['difficulty', 'quantity'],
  ['number', 'quantity'],
  ['gasLimit', 'quantity'],
  ['gasUsed', 'quantity'],
  ['timestamp', 'quantity'],
  ['extraData', 'bytes'],
  ['mixHash', 'bytes'],
  ['nonce', 'bytes'],
  // EIP-1559, EIP-4895, EIP-4844 (two), EIP-4788, EIP-7685
  ['baseFeePerGas', 'quantity'],
  ['withdrawalsRoot', 'bytes'],
  ['blobGasUsed', 'quantity'],
  ['excessBlobGas', 'quantity'],
  ['parentBeaconBlockRoot', 'bytes'],
  ['requestsHash', 'bytes'],
];

/** keccak256 of the RLP of the header: what the block's hash must be. */
export function headerHash(header: Json): Hex {
  const fields = HEADER.filter(([name]) => header[name] !== undefined && header[name] !== null);
  const values = fields.map(([name, kind]) => (kind === 'bytes' ? parseHex(header[name], name) : quantity(header[name], name)));
  return keccak256(encodeRlp(values)) as Hex;
}

/**
 * Proves that receipts belong to the block with this hash: the hash is recomputed from the header, the header's receipts root from the
 * receipts. A node that changes, adds or leaves out one log cannot pass. Throws OutsideError `receipts_unproven`.
 */
export function proveReceipts(blockHash: Hex, header: unknown, receipts: unknown): void {
  const json = header as Json | null;
  const unproven = (what: string) =>
    new OutsideError('receipts_unproven', `${what} of block ${blockHash} does not come out when recomputed`, { retryable: true });
  if (json === null || headerHash(json) !== blockHash) throw unproven('the hash');
  const root = listRoot((receipts as readonly Json[]).map(encodeReceipt));
  if (root !== parseHex(json['receiptsRoot'], 'receipts root', 32)) throw unproven('the receipts root');
}
