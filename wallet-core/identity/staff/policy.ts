import type { StaffRole } from '../../../core/index.ts';
import type { RouteAccess } from '../../../platform/http/index.ts';

/** What each act on accounts needs. Least privilege: no role contains another, a person may have several. */
export const STAFF_POLICY = {
  /** Whoever works here may know who they are signed in as. */
  self: ['viewer', 'analyst', 'approver', 'rule_author', 'rule_reviewer', 'treasury', 'auditor', 'admin'],
  viewAccount: ['viewer', 'analyst', 'approver', 'auditor', 'admin'],
  /** Freezing is safe and urgent: one person suffices. */
  freezeAccount: ['analyst', 'approver'],
  unfreezeAccount: ['analyst', 'approver'],
} as const satisfies Record<string, readonly StaffRole[]>;

export function staffAccess(act: keyof typeof STAFF_POLICY): RouteAccess {
  return { kind: 'staff', anyOf: STAFF_POLICY[act] };
}
