import type { Verdict } from '../../core/index.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';
import type { RestrictionKind, Restrictions } from './restrictions.ts';

/** Subjects that are accounts; a keyed hash of an unknown identifier or `provider:name` has nothing to freeze. */
export type IsAccount = (transaction: SqlTransaction, subject: string) => Promise<boolean>;

function asked(verdict: Verdict): RestrictionKind | null {
  if (verdict.body.outcome === 'freeze' || verdict.body.actions.includes('freeze')) return 'freeze';
  return verdict.body.actions.includes('restrict') ? 'restrict' : null;
}

/** The wallet's answer to a verdict: imposes the freeze or restriction it asks for, with the strictest rule as the cause. */
export function createVerdictEnforcer(deps: { readonly restrictions: Restrictions; readonly isAccount: IsAccount }) {
  return async (transaction: SqlTransaction, verdict: Verdict): Promise<void> => {
    const kind = asked(verdict);
    if (kind === null || !(await deps.isAccount(transaction, verdict.body.subject))) return;
    const cause = verdict.body.reasons.toSorted((left, right) => right.score - left.score)[0];
    const rule = cause?.rule ?? 'policy';
    await deps.restrictions.impose(transaction, {
      accountId: verdict.body.subject,
      kind,
      cause: { kind: 'rule', id: rule },
      author: `rule:${rule}`,
      reason: cause?.title ?? `policy on ${verdict.body.event_type}`,
      verdictId: verdict.body.id,
    });
  };
}
