import type { Brand } from './brand.ts';
import type { Clock, Random } from './clock.ts';

export type EventId = Brand<string, 'EventId'>;
export type AccountId = Brand<string, 'AccountId'>;
export type DeviceId = Brand<string, 'DeviceId'>;
export type SessionId = Brand<string, 'SessionId'>;
export type StaffId = Brand<string, 'StaffId'>;
export type WithdrawalId = Brand<string, 'WithdrawalId'>;
export type DepositId = Brand<string, 'DepositId'>;
export type TransferId = Brand<string, 'TransferId'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** True for a lower-case RFC 9562 UUID. Callers make ids, so the edge checks their shape. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

function formatUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * UUID version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits.
 * Sorts by creation time, which keeps B-tree inserts at the right edge.
 */
export function uuidV7<Id extends string = string>(clock: Clock, random: Random): Id {
  const bytes = random.bytes(16);
  let time = clock.now();
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return formatUuid(bytes) as Id;
}

/**
 * A UUID version 8 (RFC 9562 §5.8) out of a 32-byte digest: for ids that two processes must derive alike,
 * such as the id of the verdict of one event.
 */
export function uuidFromDigest<Id extends string = string>(digest: Uint8Array): Id {
  const bytes = Uint8Array.from(digest.subarray(0, 16));
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return formatUuid(bytes) as Id;
}
