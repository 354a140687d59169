import type { Clock, FactValue } from '../../core/index.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';

/** One decision or act, as it will stand in the tree. No secrets, no personal data: the log is made to be shown. */
export interface AuditEntry {
  /** snake_case, append-only: `withdrawal_signed`, `account_frozen`. */
  readonly kind: string;
  /** `owner:ID`, `staff:ID`, `rule:ID` or `system`. */
  readonly actor: string;
  /** What it was done to: an account, withdrawal or deposit id. */
  readonly subject: string;
  readonly details: Readonly<Record<string, FactValue>>;
}

export interface AuditLog {
  /** Writes the entry in the caller's transaction; the sequencer gives it its leaf within a second of the commit. */
  append(transaction: SqlTransaction, entry: AuditEntry): Promise<void>;
}

/** An entry larger than this is a bug: details carry hashes, not documents. */
const DETAILS_BYTES_MAX = 64 * 1024;

export function createAuditLog(deps: { readonly clock: Clock }): AuditLog {
  return {
    async append(transaction, entry) {
      const details = JSON.stringify(entry.details);
      if (details.length > DETAILS_BYTES_MAX)
        throw new RangeError(`an audit entry of kind ${entry.kind} has ${details.length} bytes of details`);
      await transaction.query('insert into audit.entry (at, kind, actor, subject, details) values ($1, $2, $3, $4, $5)', [
        new Date(deps.clock.now()),
        entry.kind,
        entry.actor,
        entry.subject,
        details,
      ]);
    },
  };
}
