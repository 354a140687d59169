import type { Hex, Receipt, ReceiptLog } from '../../platform/chain/port.ts';
import type { DepositAsset } from './assets.ts';

/** keccak256("Transfer(address,address,uint256)"), EIP-20 and EIP-721. */
export const TRANSFER_TOPIC: Hex = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';

/**
 * The controls that stand between an attack and a credit, one function each. The room always uses `STRICT_CHECKS`; the tests
 * swap single ones for naive readings, to show that each attack gets through without its control.
 */
export interface DepositChecks {
  /** E02: what failed moved nothing. */
  succeeded(receipt: Receipt): boolean;
  /** E03, E04: the asset is known by the address that logged, never by a name or symbol. */
  tokenOf(log: ReceiptLog, tokens: ReadonlyMap<Hex, DepositAsset>): DepositAsset | null;
  /** E21: minor units of a fungible Transfer; null where the log is something else, such as an ERC-721 with the same topic. */
  fungibleAmount(log: ReceiptLog): bigint | null;
  /** E10, E12: whether a block is final enough, where `finalNumber` is the newest that is. */
  isFinal(blockNumber: number, finalNumber: number): boolean;
  /** E01, E18, E23: what the balance grew by covers what the logs say. */
  covers(delta: bigint, logged: bigint): boolean;
  /** E27, E28: the token's code is the code that was looked at when it was listed. */
  sameCode(found: Hex, listed: Hex): boolean;
  /** E17 */
  sameDecimals(found: number | null, listed: number): boolean;
  /** E36: a deposit address is a plain account; code on it (EIP-7702, CREATE2) may send money on. */
  isPlainAddress(code: Hex): boolean;
}

export const STRICT_CHECKS: DepositChecks = {
  succeeded: (receipt) => receipt.status === 'success',
  tokenOf: (log, tokens) => tokens.get(log.address) ?? null,
  fungibleAmount(log) {
    if (log.topics[0] !== TRANSFER_TOPIC || log.topics.length !== 3 || log.data.length !== 66) return null;
    return BigInt(log.data);
  },
  isFinal: (blockNumber, finalNumber) => blockNumber <= finalNumber,
  covers: (delta, logged) => delta >= logged,
  sameCode: (found, listed) => found === listed,
  sameDecimals: (found, listed) => found === listed,
  isPlainAddress: (code) => code === '0x',
};

/** The address in an indexed topic; null where the upper twelve bytes are not zero, which no ABI encoder writes. */
export function addressOfTopic(topic: Hex | undefined): Hex | null {
  if (topic === undefined || !/^0x0{24}[0-9a-f]{40}$/.test(topic)) return null;
  return `0x${topic.slice(26)}`;
}
