import { isUuid, MINOR_MAX, type Refusal, refuse, type Result, succeed } from '../../core/index.ts';
import { accountIdOf, mayGoNegative } from './chart.ts';
import {
  type AccountState,
  availableOf,
  bodyHashOf,
  type PendingTransfer,
  type PostTransfer,
  type SingleTransfer,
  type TransferCommand,
  type TransferRecord,
  type TransferRefusal,
  type VoidTransfer,
} from './transfer.ts';

/** A pending transfer as it stands: its line, when it ends now, and what resolved it. */
export interface PendingState {
  readonly record: TransferRecord;
  readonly expiresAt: Date | null;
  readonly resolution: 'post' | 'void' | null;
}

/** What a decision looks at. For a post or a void the accounts are those of the pending transfer. */
export interface TransferContext {
  readonly debit: AccountState | null;
  readonly credit: AccountState | null;
  readonly existing: TransferRecord | null;
  readonly pending: PendingState | null;
  readonly now: Date;
}

/** What a permitted transfer does: its line, and both accounts afterwards. `repeated`: it was done before, nothing changes. */
export type TransferEffects =
  | { readonly repeated: true; readonly record: TransferRecord }
  | { readonly repeated: false; readonly record: TransferRecord; readonly debit: AccountState; readonly credit: AccountState };

type Decided = Result<TransferEffects, TransferRefusal>;

const CODE = /^[a-z0-9_]{1,64}$/;

function misshapen(command: TransferCommand): { ok: false; refusal: Refusal<TransferRefusal> } | null {
  if (!isUuid(command.id)) return refuse('id_malformed', 'a transfer id is a lower-case UUID');
  if (!CODE.test(command.code)) return refuse('code_malformed', 'a transfer code is 1-64 of a-z, 0-9 and underscore');
  if (command.kind === 'post' || command.kind === 'void') {
    return isUuid(command.pendingId) ? null : refuse('id_malformed', 'a pending transfer id is a lower-case UUID');
  }
  if (command.amount <= 0n) return refuse('amount_must_be_positive', 'a transfer moves at least one minor unit');
  if (command.amount > MINOR_MAX) return refuse('amount_too_large', 'a transfer moves at most 2^256 - 1');
  if (command.debit.asset !== command.credit.asset) return refuse('asset_mismatch', 'both accounts must hold one asset');
  if (accountIdOf(command.debit) === accountIdOf(command.credit)) {
    return refuse('accounts_must_differ', 'money moves between two accounts');
  }
  return null;
}

function within(debit: AccountState, credit: AccountState): boolean {
  return debit.debitsPending + debit.debitsPosted <= MINOR_MAX && credit.creditsPending + credit.creditsPosted <= MINOR_MAX;
}

function decideNew(command: SingleTransfer | PendingTransfer, context: TransferContext): Decided {
  const { debit, credit } = context;
  if (debit === null || credit === null) throw new Error('a new transfer is decided over both accounts');
  if (command.kind === 'pending' && command.expiresAt !== null && command.expiresAt <= context.now) {
    return refuse('expires_in_the_past', 'a pending transfer ends later than now');
  }
  if (!mayGoNegative(debit.kind) && command.amount > availableOf(debit)) {
    return refuse('exceeds_credits', 'the account does not have that much available');
  }
  const after =
    command.kind === 'single'
      ? {
          debit: { ...debit, debitsPosted: debit.debitsPosted + command.amount },
          credit: { ...credit, creditsPosted: credit.creditsPosted + command.amount },
        }
      : {
          debit: { ...debit, debitsPending: debit.debitsPending + command.amount },
          credit: { ...credit, creditsPending: credit.creditsPending + command.amount },
        };
  if (!within(after.debit, after.credit)) return refuse('overflows_account', 'an account total stays at most 2^256 - 1');
  const record: TransferRecord = {
    id: command.id,
    debitAccount: debit.id,
    creditAccount: credit.id,
    amount: command.amount,
    asset: command.debit.asset,
    state: command.kind,
    pendingId: null,
    code: command.code,
    expiresAt: command.kind === 'pending' ? command.expiresAt : null,
    bodyHash: bodyHashOf(command),
  };
  return succeed({ repeated: false as const, record, ...after });
}

function decideResolution(command: PostTransfer | VoidTransfer, context: TransferContext): Decided {
  const { debit, credit, pending, now } = context;
  if (pending === null) return refuse('pending_transfer_not_found', 'there is no such pending transfer');
  if (pending.record.state !== 'pending') return refuse('pending_transfer_not_pending', 'that transfer was never pending');
  if (pending.resolution === 'post') return refuse('pending_transfer_already_posted', 'the pending transfer was posted');
  if (pending.resolution === 'void') return refuse('pending_transfer_already_voided', 'the pending transfer was voided');
  if (debit === null || credit === null) throw new Error('a resolution is decided over the accounts of its pending transfer');
  const reserved = pending.record.amount;
  let amount = 0n;
  if (command.kind === 'post') {
    if (pending.expiresAt !== null && pending.expiresAt <= now) {
      return refuse('pending_transfer_expired', 'the pending transfer ended before this post');
    }
    amount = command.amount ?? reserved;
    if (amount <= 0n) return refuse('amount_must_be_positive', 'a post moves at least one minor unit; a void gives all back');
    if (amount > reserved) return refuse('exceeds_pending_transfer_amount', 'a post moves at most what was set aside');
  }
  const record: TransferRecord = {
    id: command.id,
    debitAccount: debit.id,
    creditAccount: credit.id,
    amount,
    asset: pending.record.asset,
    state: command.kind,
    pendingId: command.pendingId,
    code: command.code,
    expiresAt: null,
    bodyHash: bodyHashOf(command),
  };
  return succeed({
    repeated: false as const,
    record,
    debit: { ...debit, debitsPending: debit.debitsPending - reserved, debitsPosted: debit.debitsPosted + amount },
    credit: { ...credit, creditsPending: credit.creditsPending - reserved, creditsPosted: credit.creditsPosted + amount },
  });
}

/** Decides one transfer over the state it needs. Pure: a refusal says why, and nothing has changed. */
export function decideTransfer(context: TransferContext, command: TransferCommand): Decided {
  const wrong = misshapen(command);
  if (wrong !== null) return wrong;
  if (context.existing !== null) {
    if (context.existing.bodyHash === bodyHashOf(command)) return succeed({ repeated: true as const, record: context.existing });
    return refuse('exists_with_different_body', 'a transfer with this id exists and says something else');
  }
  return command.kind === 'single' || command.kind === 'pending'
    ? decideNew(command, context)
    : decideResolution(command, context);
}
