import { createHash } from 'node:crypto';
import { type AssetId, uuidFromDigest } from '../../core/index.ts';

/**
 * Kinds of accounts. `customer_*` are what we owe people (credit-normal); `hot_wallet`, `deposits_onchain` (what lies on chain),
 * `receivable` (what a customer owes us after a reversal) and `fees` (network fees paid) are debit-normal; `capital` and
 * `suspense` are credit-normal.
 */
export const ACCOUNT_KINDS = [
  'customer_available',
  'customer_held',
  'customer_incoming',
  'customer_outgoing',
  'hot_wallet',
  'deposits_onchain',
  'fees',
  'suspense',
  'receivable',
  'capital',
] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

/** Names one account: `owner` is an account id, or `SYSTEM` for the house. The account is opened by its first transfer. */
export interface AccountRef {
  readonly owner: string;
  readonly kind: AccountKind;
  readonly asset: AssetId;
}

/** Owner of the house's own accounts. */
export const SYSTEM = 'system';

/** A customer's money may never go below zero; the house's side mirrors the chain and is checked by reconciliation. */
export function mayGoNegative(kind: AccountKind): boolean {
  return !kind.startsWith('customer_');
}

/** The id of an account, the same in every process: a digest of what names it. */
export function accountIdOf(account: AccountRef): string {
  const name = JSON.stringify([account.owner, account.kind, account.asset]);
  return uuidFromDigest(createHash('sha256').update(`ledger-account:${name}`).digest());
}

/**
 * The id of a transfer that a room makes for something of its own: `transferIdOf('withdrawal', id, 'reserve')`. Rooms derive
 * ids so that nobody outside can occupy one beforehand.
 */
export function transferIdOf(...parts: readonly string[]): string {
  return uuidFromDigest(
    createHash('sha256')
      .update(`ledger-transfer:${JSON.stringify(parts)}`)
      .digest(),
  );
}
