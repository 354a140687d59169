import { refuse, type Result, succeed } from '../../../core/index.ts';
import { tellSignInEnded } from '../sessions/sessions.ts';
import type { RegisterContext } from './staff.ts';

/**
 * Ends somebody's work here: no more sign-ins, and every session and live connection ends at once. The name stays taken, so that
 * what it did is never read as somebody else's.
 */
export function disableWith(context: Pick<RegisterContext, 'sql' | 'audit' | 'now'>) {
  return (name: string): Promise<Result<void, 'staff_unknown'>> =>
    context.sql.transaction(async (transaction) => {
      const [gone] = await transaction.query<{ staff_id: string }>(
        'update identity.staff set disabled_at = $2 where name = $1 and disabled_at is null returning staff_id',
        [name, context.now()],
      );
      if (gone === undefined) return refuse('staff_unknown', `nobody called ${name} works here`);
      await transaction.query('update identity.staff_session set revoked_at = $2 where staff_id = $1 and revoked_at is null', [
        gone.staff_id,
        context.now(),
      ]);
      await tellSignInEnded(transaction, `staff:${gone.staff_id}`);
      const subject = `staff:${gone.staff_id}`;
      await context.audit.append(transaction, { kind: 'staff_disabled', actor: 'system', subject, details: {} });
      return succeed(undefined);
    });
}
