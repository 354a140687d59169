import type { AccountId } from '../../core/index.ts';
import type { SqlExecutor } from '../../platform/sql/port.ts';
import type { IdentityContext } from './context.ts';
import type { Locale } from './deps.ts';

export interface Account {
  readonly accountId: AccountId;
  readonly email: string;
  readonly locale: Locale;
  readonly passwordHash: string;
  readonly totp: boolean;
}

interface AccountRow extends Record<string, unknown> {
  readonly account_id: AccountId;
  readonly email: string;
  readonly locale: Locale;
  readonly password_hash: string;
  readonly totp: boolean;
}

const COLUMNS = 'account_id, email, locale, password_hash, totp_secret is not null as totp';

/** RFC 5321 §4.5.3.1.3 allows 254 characters; the shape check only catches typing errors, the code proves the rest. */
const EMAIL = /^[^\s@<>"(),:;[\]\\]{1,64}@[^\s@<>"(),:;[\]\\]{1,188}\.[^\s@.<>"(),:;[\]\\]{2,}$/;

/** Trimmed and lower-case, or null where it is no address. */
export function normaliseEmail(text: string): string | null {
  const email = text.trim().normalize('NFKC').toLowerCase();
  return email.length <= 254 && EMAIL.test(email) ? email : null;
}

/** `a***@example.com`: enough for a person to recognise their own. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  return `${email.slice(0, 1)}***${email.slice(at)}`;
}

/** The hash that events carry for an identifier: keyed, so that nobody can try addresses against it. */
export function identifierHash(context: IdentityContext, identifier: string): string {
  return context.keyedHash('identifier', normaliseEmail(identifier) ?? identifier.trim().toLowerCase().slice(0, 254));
}

function toAccount(row: AccountRow | undefined): Account | null {
  if (row === undefined) return null;
  const { email, locale, totp } = row;
  return { accountId: row.account_id, email, locale, passwordHash: row.password_hash, totp };
}

export async function findAccount(executor: SqlExecutor, accountId: string): Promise<Account | null> {
  const [row] = await executor.query<AccountRow>(`select ${COLUMNS} from identity.account where account_id = $1`, [accountId]);
  return toAccount(row);
}

export async function findAccountByHash(executor: SqlExecutor, emailHash: string): Promise<Account | null> {
  const [row] = await executor.query<AccountRow>(`select ${COLUMNS} from identity.account where email_hash = $1`, [emailHash]);
  return toAccount(row);
}
