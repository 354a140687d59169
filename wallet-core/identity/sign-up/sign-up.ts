import { type AccountId, refuse, type Result, succeed, uuidV7 } from '../../../core/index.ts';
import type { SqlTransaction } from '../../../platform/sql/port.ts';
import { findAccountByHash, identifierHash, normaliseEmail } from '../accounts.ts';
import { newCode } from '../codes.ts';
import { eventClient, type IdentityContext, sameText } from '../context.ts';
import type { Locale } from '../deps.ts';
import { IDENTITY_LIMITS } from '../limits.ts';
import { sendMail } from '../mails.ts';
import type { PasswordHasher } from '../passwords/password-hash.ts';
import { checkPassword, type PasswordRefusal } from '../passwords/password-policy.ts';
import { networkKey } from '../../../platform/http/index.ts';

export type SignUpStep = 'code' | 'password' | 'done';
export interface RawClient {
  readonly ip: string;
  readonly userAgent: string;
}

/** Sign-up in three resumable steps; its handle is the unguessable sign-up id. */
export interface SignUp {
  /** The answer is the same whether the address has an account or not (requirement A12); the mail differs. */
  start(
    email: string,
    locale: Locale,
    client: RawClient,
  ): Promise<Result<{ signupId: string; expiresAt: Date }, 'email_invalid' | 'throttled'>>;
  verify(signupId: string, code: string, client: RawClient): Promise<Result<void, 'code_wrong' | 'throttled'>>;
  finish(
    signupId: string,
    password: string,
    client: RawClient,
  ): Promise<Result<{ accountId: AccountId }, 'signup_expired' | PasswordRefusal>>;
  /** Where a sign-up stands, for taking it up again; null for one that is unknown or over. */
  stepOf(signupId: string): Promise<SignUpStep | null>;
}

interface SignUpRow extends Record<string, unknown> {
  readonly signup_id: string;
  readonly email: string;
  readonly email_hash: string;
  readonly locale: Locale;
  readonly code_hash: string | null;
  readonly tries: number;
  readonly verified_at: Date | null;
  readonly completed_at: Date | null;
  readonly account_id: AccountId | null;
}

function startWith(context: IdentityContext): SignUp['start'] {
  return async (text, locale, client) => {
    const email = normaliseEmail(text);
    if (email === null) return refuse('email_invalid', 'this does not look like an e-mail address');
    const emailHash = identifierHash(context, email);
    const allowed =
      (await context.throttle.take(context.sql, 'signUpIp', networkKey(client.ip))) &&
      (await context.throttle.take(context.sql, 'signUpEmail', emailHash));
    if (!allowed) return refuse('throttled', 'too many sign-ups; wait a few minutes');
    const exists = (await findAccountByHash(context.sql, emailHash)) !== null;
    const signupId = uuidV7(context.clock, context.random);
    const code = newCode(context.random);
    const codeHash = context.keyedHash('code', `${signupId}:${code}`);
    const expiresAt = context.after(IDENTITY_LIMITS.codeMs);
    await context.sql.query(
      `insert into identity.sign_up (signup_id, email, email_hash, locale, code_hash, expires_at) values ($1, $2, $3, $4, $5, $6)`,
      [signupId, email, emailHash, locale, exists ? null : codeHash, expiresAt],
    );
    await sendMail(context, {
      to: email,
      locale,
      about: signupId,
      content: exists ? { kind: 'account_exists' } : { kind: 'sign_up_code', code },
    });
    return succeed({ signupId, expiresAt });
  };
}

/** Counts the try and looks at the code in one transaction under the row's lock, so no number of parallel tries is more than five. */
async function tryCode(
  context: IdentityContext,
  transaction: SqlTransaction,
  signupId: string,
  code: string,
): Promise<Result<void, 'code_wrong'>> {
  const [row] = await transaction.query<SignUpRow>(
    `update identity.sign_up set tries = tries + 1
      where signup_id = $1 and expires_at > $2 and tries < $3 and completed_at is null returning *`,
    [signupId, context.now(), IDENTITY_LIMITS.codeTriesMax],
  );
  const given = context.keyedHash('code', `${signupId}:${code}`);
  if (row === undefined || row.code_hash === null || !sameText(row.code_hash, given)) {
    return refuse('code_wrong', 'the code is not right or has expired');
  }
  await transaction.query(
    'update identity.sign_up set verified_at = coalesce(verified_at, $2), expires_at = $3 where signup_id = $1',
    [signupId, context.now(), context.after(IDENTITY_LIMITS.signUpMs)],
  );
  return succeed(undefined);
}

async function createAccount(
  context: IdentityContext,
  transaction: SqlTransaction,
  row: SignUpRow,
  passwordHash: string,
  client: RawClient,
): Promise<AccountId | null> {
  const accountId = uuidV7<AccountId>(context.clock, context.random);
  const made = await transaction.query(
    `insert into identity.account (account_id, email, email_hash, locale, password_hash, password_changed_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $6) on conflict (email_hash) do nothing returning account_id`,
    [accountId, row.email, row.email_hash, row.locale, passwordHash, context.now()],
  );
  if (made.length === 0) return null;
  await transaction.query('update identity.sign_up set completed_at = $2, account_id = $3 where signup_id = $1', [
    row.signup_id,
    context.now(),
    accountId,
  ]);
  await context.outbox.append(transaction, {
    type: 'wallet.account.registered',
    subject: accountId,
    data: {
      email_hash: row.email_hash,
      email_domain: row.email.slice(row.email.lastIndexOf('@') + 1),
      client: eventClient(client),
    },
  });
  await context.audit.append(transaction, {
    kind: 'account_registered',
    actor: `owner:${accountId}`,
    subject: accountId,
    details: { email_hash: row.email_hash, ip_hash: context.keyedHash('ip', client.ip) },
  });
  return accountId;
}

function finishWith(context: IdentityContext, hasher: PasswordHasher): SignUp['finish'] {
  const read = async (executor: Pick<SqlTransaction, 'query'>, signupId: string, lock: '' | 'for update') => {
    const [row] = await executor.query<SignUpRow>(
      `select * from identity.sign_up where signup_id = $1 and verified_at is not null and expires_at > $2 ${lock}`,
      [signupId, context.now()],
    );
    return row;
  };
  return async (signupId, password, client) => {
    const expired = refuse('signup_expired', 'this sign-up is over; begin again');
    const open = await read(context.sql, signupId, '');
    if (open === undefined || open.completed_at !== null) return expired;
    const checked = checkPassword(password, [open.email]);
    if (!checked.ok) return checked;
    const passwordHash = await hasher.hash(password);
    const accountId = await context.sql.transaction(async (transaction) => {
      const row = await read(transaction, signupId, 'for update');
      if (row === undefined || row.completed_at !== null) return null;
      return createAccount(context, transaction, row, passwordHash, client);
    });
    return accountId === null ? expired : succeed({ accountId });
  };
}

export function createSignUp(context: IdentityContext, hasher: PasswordHasher): SignUp {
  return {
    start: startWith(context),
    finish: finishWith(context, hasher),
    async verify(signupId, code, client) {
      if (!(await context.throttle.take(context.sql, 'signUpVerifyIp', networkKey(client.ip)))) {
        return refuse('throttled', 'too many codes; wait a minute');
      }
      return context.sql.transaction((transaction) => tryCode(context, transaction, signupId, code));
    },
    async stepOf(signupId) {
      const [row] = await context.sql.query<SignUpRow>(
        'select * from identity.sign_up where signup_id = $1 and expires_at > $2',
        [signupId, context.now()],
      );
      if (row === undefined) return null;
      if (row.completed_at !== null) return 'done';
      return row.verified_at === null ? 'code' : 'password';
    },
  };
}
