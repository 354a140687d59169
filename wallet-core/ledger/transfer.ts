import { type Asset, hashJson } from '../../core/index.ts';
import { type AccountKind, type AccountRef, accountIdOf } from './chart.ts';

interface CommandBase {
  /** UUID made by the caller: the same id with the same body is done once and answered alike. */
  readonly id: string;
  /** What for: `withdrawal_reserve`. Letters, digits, underscores. */
  readonly code: string;
}

/** Moves `amount` minor units at once. */
export interface SingleTransfer extends CommandBase {
  readonly kind: 'single';
  readonly debit: AccountRef;
  readonly credit: AccountRef;
  readonly amount: bigint;
}

/** Sets `amount` aside on both sides until a post or a void. */
export interface PendingTransfer extends CommandBase {
  readonly kind: 'pending';
  readonly debit: AccountRef;
  readonly credit: AccountRef;
  readonly amount: bigint;
  /** When `expireDue` voids it; null where its room resolves it itself. */
  readonly expiresAt: Date | null;
}

/** Makes a pending transfer final; with a smaller `amount` the rest goes back. */
export interface PostTransfer extends CommandBase {
  readonly kind: 'post';
  readonly pendingId: string;
  /** minor units; left out: all of it. */
  readonly amount?: bigint;
}

/** Gives a pending transfer back. */
export interface VoidTransfer extends CommandBase {
  readonly kind: 'void';
  readonly pendingId: string;
}

export type TransferCommand = SingleTransfer | PendingTransfer | PostTransfer | VoidTransfer;

/** Refusals, in TigerBeetle's vocabulary. Append-only. */
export const TRANSFER_REFUSALS = [
  'id_malformed',
  'code_malformed',
  'amount_must_be_positive',
  'amount_too_large',
  'accounts_must_differ',
  'asset_mismatch',
  'asset_unknown',
  'exceeds_credits',
  'overflows_account',
  'exists_with_different_body',
  'pending_transfer_not_found',
  'pending_transfer_not_pending',
  'pending_transfer_already_posted',
  'pending_transfer_already_voided',
  'pending_transfer_expired',
  'exceeds_pending_transfer_amount',
  'expires_in_the_past',
  'too_many_transfers',
] as const;
export type TransferRefusal = (typeof TRANSFER_REFUSALS)[number];

/** An account's four totals, in minor units. They only meet in `availableOf`; a total never falls except pending ones. */
export interface AccountState {
  readonly id: string;
  readonly owner: string;
  readonly kind: AccountKind;
  readonly asset: string;
  readonly debitsPending: bigint;
  readonly debitsPosted: bigint;
  readonly creditsPending: bigint;
  readonly creditsPosted: bigint;
}

/** A line of the journal, as stored: it never changes. */
export interface TransferRecord {
  readonly id: string;
  readonly debitAccount: string;
  readonly creditAccount: string;
  readonly amount: bigint;
  readonly asset: string;
  readonly state: TransferCommand['kind'];
  readonly pendingId: string | null;
  readonly code: string;
  readonly expiresAt: Date | null;
  readonly bodyHash: string;
}

/** What an account that no transfer has touched looks like. */
export function emptyAccount(account: AccountRef): AccountState {
  return {
    id: accountIdOf(account),
    ...account,
    debitsPending: 0n,
    debitsPosted: 0n,
    creditsPending: 0n,
    creditsPosted: 0n,
  };
}

/** What may still leave a credit-normal account: posted credits less everything debited or set aside. */
export function availableOf(account: AccountState): bigint {
  return account.creditsPosted - account.debitsPosted - account.debitsPending;
}

/** Hash of what the caller asked, by which a repeated id is told from a reused one. */
export function bodyHashOf(command: TransferCommand): string {
  if (command.kind === 'single' || command.kind === 'pending') {
    return hashJson({
      kind: command.kind,
      code: command.code,
      debit: accountIdOf(command.debit),
      credit: accountIdOf(command.credit),
      amount: command.amount.toString(),
      expires_at: command.kind === 'pending' ? (command.expiresAt?.toISOString() ?? null) : null,
    });
  }
  return hashJson({
    kind: command.kind,
    code: command.code,
    pending_id: command.pendingId,
    amount: command.kind === 'post' ? (command.amount?.toString() ?? null) : null,
  });
}

/** An asset with where it lives: `contract` is null for the chain's native coin, both are null for fiat money. */
export interface RegisteredAsset extends Asset {
  readonly chainId: number | null;
  /** EIP-55 */
  readonly contract: string | null;
}
