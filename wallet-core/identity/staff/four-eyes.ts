import { refuse, type Result, type StaffId, type StaffRole, succeed } from '../../../core/index.ts';
import type { ActiveRestriction } from '../../restrictions/index.ts';

/**
 * Whether this person may lift this restriction. What a rule, an owner or a colleague imposed needs an approver, and never its
 * own author; a missing verdict, which nobody decided, any analyst may clear.
 */
export function checkFourEyes(
  restriction: Pick<ActiveRestriction, 'cause' | 'author'>,
  person: { readonly staffId: StaffId; readonly roles: readonly StaffRole[] },
): Result<void, 'approver_needed' | 'own_restriction'> {
  if (restriction.author === `staff:${person.staffId}`) {
    return refuse('own_restriction', 'another person must lift what you imposed');
  }
  if (restriction.cause.kind !== 'no_verdict' && !person.roles.includes('approver')) {
    return refuse('approver_needed', 'lifting this restriction needs the approver role');
  }
  return succeed(undefined);
}
