import { type Clock, type Random, refuse, type Result, succeed, TOPICS, uuidV7 } from '../../core/index.ts';
import type { SqlExecutor, SqlTransaction } from '../../platform/sql/port.ts';
import type { AuditLog } from '../audit/index.ts';
import type { Outbox } from '../outbox/index.ts';

/** `freeze`: the owner may only look. `restrict`: everything but money out. */
export type RestrictionKind = 'freeze' | 'restrict';

export interface RestrictionCause {
  readonly kind: 'rule' | 'staff' | 'owner' | 'no_verdict';
  /** Rule id, staff id, alert id: what to look up when asked why. */
  readonly id: string;
}

export interface ActiveRestriction {
  readonly id: string;
  readonly kind: RestrictionKind;
  readonly cause: RestrictionCause;
  readonly author: string;
  readonly since: Date;
  readonly ends: Date | null;
  readonly reason: string;
}

export interface AccountState {
  readonly frozen: boolean;
  /** True when frozen or restricted: no money leaves. */
  readonly outgoingBlocked: boolean;
  readonly causes: readonly ActiveRestriction[];
}

export interface NewRestriction {
  readonly accountId: string;
  readonly kind: RestrictionKind;
  readonly cause: RestrictionCause;
  /** `rule:ID`, `staff:ID` or `owner:ID`; four eyes compare it with who lifts. */
  readonly author: string;
  /** In words for the account's page and the audit log. */
  readonly reason: string;
  /** The verdict that asked for it; the same cause asked twice by one verdict is one restriction. */
  readonly verdictId?: string | null;
  readonly endsAt?: Date | null;
}

export interface Restrictions {
  impose(transaction: SqlTransaction, restriction: NewRestriction): Promise<{ readonly id: string; readonly created: boolean }>;
  /** Removes one cause; others stay. Whether `by` may do it is the caller's to check (four eyes). */
  lift(
    transaction: SqlTransaction,
    lifting: { readonly id: string; readonly by: string; readonly reason: string },
  ): Promise<Result<void, 'restriction_unknown' | 'restriction_already_lifted'>>;
  stateOf(executor: SqlExecutor, accountId: string): Promise<AccountState>;
  /** Who signs, freezes or unfreezes takes this first and keeps it until commit: decisions about one account stand in a row. */
  lockAccount(transaction: SqlTransaction, accountId: string): Promise<void>;
}

interface RestrictionRow extends Record<string, unknown> {
  readonly id: string;
  readonly account_id: string;
  readonly kind: RestrictionKind;
  readonly cause_kind: RestrictionCause['kind'];
  readonly cause_id: string;
  readonly author: string;
  readonly reason: string;
  readonly verdict_id: string;
  readonly since: Date;
  readonly ends: Date | null;
}

const COLUMNS = 'id::text, account_id, kind, cause_kind, cause_id, author, reason, verdict_id, since, ends';

function toActive(row: RestrictionRow): ActiveRestriction {
  const { id, kind, author, since, ends, reason } = row;
  return { id, kind, cause: { kind: row.cause_kind, id: row.cause_id }, author, since, ends, reason };
}

async function lockAccount(transaction: SqlTransaction, accountId: string): Promise<void> {
  await transaction.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`account:${accountId}`]);
}

async function readState(executor: SqlExecutor, accountId: string, now: Date): Promise<AccountState> {
  const rows = await executor.query<RestrictionRow>(
    `select ${COLUMNS} from restrictions.restriction
      where account_id = $1 and lifted_at is null and (ends is null or ends > $2) order by since, id`,
    [accountId, now],
  );
  return { frozen: rows.some((row) => row.kind === 'freeze'), outgoingBlocked: rows.length > 0, causes: rows.map(toActive) };
}

async function idOfCause(executor: SqlExecutor, key: readonly unknown[]): Promise<string> {
  const [existing] = await executor.query<{ id: string }>(
    `select id::text from restrictions.restriction
      where account_id = $1 and kind = $2 and cause_kind = $3 and cause_id = $4 and verdict_id = $5`,
    key,
  );
  if (existing === undefined) throw new Error('a restriction that was refused as existing does not exist');
  return existing.id;
}

interface RestrictionDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly audit: AuditLog;
  readonly outbox: Outbox;
}

async function recordChange(
  deps: RestrictionDeps,
  transaction: SqlTransaction,
  row: RestrictionRow,
  action: string,
  by: string,
  reason: string,
): Promise<void> {
  const details = { restriction_id: row.id, kind: row.kind, cause: `${row.cause_kind}:${row.cause_id}`, reason };
  await deps.audit.append(transaction, { kind: `account_${action}`, actor: by, subject: row.account_id, details });
  await deps.outbox.appendMessage(transaction, {
    id: `${row.id}:${action}`,
    topic: TOPICS.actions,
    key: row.account_id,
    body: {
      kind: 'action',
      id: `${row.id}:${action}`,
      verdict_id: row.verdict_id === '' ? null : row.verdict_id,
      account_id: row.account_id,
      stream: 'live',
      action,
      cause: `${row.cause_kind}:${row.cause_id}`,
      result: 'done',
      at: new Date(deps.clock.now()).toISOString(),
      details: { author: by, reason },
    },
  });
}

export function createRestrictions(deps: RestrictionDeps): Restrictions {
  return {
    lockAccount,
    async impose(transaction, { accountId, kind, cause, author, reason, verdictId, endsAt }) {
      await lockAccount(transaction, accountId);
      const key = [accountId, kind, cause.kind, cause.id, verdictId ?? ''];
      const [inserted] = await transaction.query<RestrictionRow>(
        `insert into restrictions.restriction (account_id, kind, cause_kind, cause_id, verdict_id, id, author, reason, since, ends)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (account_id, kind, cause_kind, cause_id, verdict_id)
         do update set lifted_at = null, lifted_by = null, lift_reason = null, id = excluded.id, author = excluded.author,
                       reason = excluded.reason, since = excluded.since, ends = excluded.ends
         where (restriction.lifted_at is not null or restriction.ends <= excluded.since) and restriction.verdict_id = '' returning ${COLUMNS}`,
        [...key, uuidV7(deps.clock, deps.random), author, reason, new Date(deps.clock.now()), endsAt ?? null],
      );
      if (inserted !== undefined) {
        await recordChange(deps, transaction, inserted, kind === 'freeze' ? 'frozen' : 'restricted', author, reason);
        return { id: inserted.id, created: true };
      }
      return { id: await idOfCause(transaction, key), created: false };
    },

    async lift(transaction, { id, by, reason }) {
      const [found] = await transaction.query<{ account_id: string }>(
        'select account_id from restrictions.restriction where id::text = $1',
        [id],
      );
      if (found === undefined) return refuse('restriction_unknown', `there is no restriction ${id}`);
      await lockAccount(transaction, found.account_id);
      const [lifted] = await transaction.query<RestrictionRow>(
        `update restrictions.restriction set lifted_at = $2, lifted_by = $3, lift_reason = $4
          where id::text = $1 and lifted_at is null returning ${COLUMNS}`,
        [id, new Date(deps.clock.now()), by, reason],
      );
      if (lifted === undefined) return refuse('restriction_already_lifted', `restriction ${id} was lifted before`);
      await recordChange(deps, transaction, lifted, lifted.kind === 'freeze' ? 'unfrozen' : 'unrestricted', by, reason);
      return succeed(undefined);
    },

    stateOf: (executor, accountId) => readState(executor, accountId, new Date(deps.clock.now())),
  };
}
