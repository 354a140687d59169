import { createHash } from 'node:crypto';
import { type Level, LEVELS, type Topic, uuidFromDigest } from '../core/index.ts';
import type { SqlTransaction } from '../platform/sql/port.ts';

/** Texts for account owners. Names are stored and serve as metric labels: append-only. */
export const OWNER_TEMPLATES = [
  'new_device',
  'sign_in_challenged',
  'sign_in_blocked',
  'withdrawal_challenged',
  'withdrawal_held',
  'withdrawal_denied',
  'deposit_credited',
  'deposit_held',
  'deposit_rejected',
  'deposit_reversed',
  'password_changed',
  'totp_changed',
  'credential_changed',
  'token_reused',
  'account_frozen',
  'account_restricted',
  'account_locked_by_owner',
  'restriction_lifted',
  'unusual_activity',
] as const;
export const STAFF_TEMPLATES = ['staff_verdict', 'staff_delivery_failed'] as const;
export type OwnerTemplate = (typeof OWNER_TEMPLATES)[number];
export type StaffTemplate = (typeof STAFF_TEMPLATES)[number];
export type TemplateName = OwnerTemplate | StaffTemplate;

/** Owner alerts that ask "was it you?". */
export const ASKING: ReadonlySet<TemplateName> = new Set<TemplateName>([
  'new_device',
  'sign_in_challenged',
  'sign_in_blocked',
  'withdrawal_challenged',
  'withdrawal_held',
  'withdrawal_denied',
  'password_changed',
  'totp_changed',
  'credential_changed',
  'token_reused',
  'unusual_activity',
]);

/** What fills a template: short plain values, never scores, rule names or secrets in an owner's alert. */
export type AlertDetails = Readonly<Record<string, string | number>>;

/** An alert that a verdict or an action asks for; nothing is stored yet. */
export interface PlannedAlert {
  /** The same cause gives the same key, so that a redelivered record adds nothing. */
  readonly sourceKey: string;
  readonly audience: 'owner' | 'staff';
  readonly accountId: string;
  readonly template: TemplateName;
  readonly severity: Level;
  readonly details: AlertDetails;
  readonly eventId: string | null;
  readonly verdictId: string | null;
}

/** An outbox for messages on topics, in the caller's transaction. */
export type AppendMessage = (
  transaction: SqlTransaction,
  message: { readonly id: string; readonly topic: Topic; readonly key: string; readonly body: Readonly<Record<string, unknown>> },
) => Promise<void>;

export const STAFF_RECIPIENT = 'staff';

export function ownerRecipient(accountId: string): string {
  return `account:${accountId}`;
}

/** A UUID that depends on the parts alone. */
export function derivedId(...parts: readonly (string | number)[]): string {
  return uuidFromDigest(createHash('sha256').update(JSON.stringify(parts)).digest());
}

export function urgencyOf(severity: Level): number {
  return LEVELS.indexOf(severity);
}

export function stricterLevel(left: Level, right: Level): Level {
  return urgencyOf(left) >= urgencyOf(right) ? left : right;
}
