import type { AccountId, DeviceId, SessionId, StaffId } from './ids.ts';

/** Staff roles, least privilege (requirement A11). */
export const STAFF_ROLES = [
  'viewer',
  'analyst',
  'approver',
  'rule_author',
  'rule_reviewer',
  'treasury',
  'auditor',
  'admin',
] as const;
export type StaffRole = (typeof STAFF_ROLES)[number];

/** Who a request or a message comes from, proven by credentials, never by a field of its body. */
export type Principal =
  | { readonly kind: 'owner'; readonly accountId: AccountId; readonly sessionId: SessionId; readonly deviceId: DeviceId }
  | { readonly kind: 'staff'; readonly staffId: StaffId; readonly sessionId: SessionId; readonly roles: readonly StaffRole[] }
  | { readonly kind: 'service'; readonly name: string; readonly scopes: readonly string[] };

/** The network end of a request, as the server saw it. */
export interface ClientInfo {
  /** Textual IPv4 or IPv6 address; behind a trusted proxy only, the forwarded one. */
  readonly ip: string;
  readonly userAgent: string;
  readonly deviceId: DeviceId | null;
  readonly sessionId: SessionId | null;
}
