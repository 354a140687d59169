import { OutsideError } from '../../core/index.ts';
import type { Block, BlockHeader, ChainTransaction, Hex, Receipt, ReceiptLog } from './port.ts';

type Json = Readonly<Record<string, unknown>>;

function malformed(what: string): OutsideError {
  return new OutsideError('rpc_malformed', `the node's answer has no usable ${what}`, { retryable: true });
}

/** Lower-case hex of any length; `bytes` fixes it. */
export function parseHex(value: unknown, what: string, bytes?: number): Hex {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]*$/.test(value)) throw malformed(what);
  if (bytes !== undefined && value.length !== 2 + bytes * 2) throw malformed(what);
  return value.toLowerCase() as Hex;
}

export function parseBig(value: unknown, what: string): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(value)) throw malformed(what);
  return BigInt(value);
}

export function parseNumber(value: unknown, what: string): number {
  const number = Number(parseBig(value, what));
  if (!Number.isSafeInteger(number)) throw malformed(what);
  return number;
}

function record(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(what);
  return value as Json;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(what);
  return value;
}

function address(value: unknown, what: string): Hex {
  return parseHex(value, what, 20);
}

function addressOrNull(value: unknown, what: string): Hex | null {
  return value === null || value === undefined ? null : address(value, what);
}

export function parseHeader(value: unknown): BlockHeader {
  const json = record(value, 'block');
  return {
    number: parseNumber(json['number'], 'block number'),
    hash: parseHex(json['hash'], 'block hash', 32),
    parentHash: parseHex(json['parentHash'], 'parent hash', 32),
    timestamp: parseNumber(json['timestamp'], 'block timestamp'),
  };
}

function parseTransaction(value: unknown): ChainTransaction {
  const json = record(value, 'transaction');
  return {
    hash: parseHex(json['hash'], 'transaction hash', 32),
    from: address(json['from'], 'sender'),
    to: addressOrNull(json['to'], 'recipient'),
    value: parseBig(json['value'], 'transaction value'),
    nonce: parseNumber(json['nonce'], 'transaction nonce'),
    type: json['type'] === undefined ? 0 : parseNumber(json['type'], 'transaction type'),
  };
}

export function parseSeenTransaction(value: unknown): ChainTransaction & { readonly blockNumber: number | null } {
  const block = record(value, 'transaction')['blockNumber'];
  return {
    ...parseTransaction(value),
    blockNumber: block === null || block === undefined ? null : parseNumber(block, 'block number'),
  };
}

export function parseBlock(value: unknown): Block {
  const transactions = list(record(value, 'block')['transactions'], 'transactions').map(parseTransaction);
  return { ...parseHeader(value), transactions };
}

function parseLog(value: unknown): ReceiptLog {
  const json = record(value, 'log');
  return {
    address: address(json['address'], 'log address'),
    topics: list(json['topics'], 'log topics').map((topic) => parseHex(topic, 'log topic', 32)),
    data: parseHex(json['data'], 'log data'),
  };
}

export function parseReceipt(value: unknown): Receipt {
  const json = record(value, 'receipt');
  // A receipt from before EIP-658 (2017) has a state root in place of a status: what cannot be told apart is refused.
  const status = parseBig(json['status'], 'receipt status');
  return {
    transactionHash: parseHex(json['transactionHash'], 'transaction hash', 32),
    blockHash: parseHex(json['blockHash'], 'block hash', 32),
    blockNumber: parseNumber(json['blockNumber'], 'block number'),
    status: status === 1n ? 'success' : 'reverted',
    from: address(json['from'], 'sender'),
    to: addressOrNull(json['to'], 'recipient'),
    logs: list(json['logs'], 'logs').map(parseLog),
    gasUsed: parseBig(json['gasUsed'], 'gas used'),
    effectiveGasPrice: parseBig(json['effectiveGasPrice'], 'gas price'),
  };
}

export function parseReceipts(value: unknown): readonly Receipt[] {
  return list(value, 'receipts').map(parseReceipt);
}
