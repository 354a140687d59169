import { type AccountId, type EventId, hashJson, LIMITS, uuidV7, type Verdict } from '../../../core/index.ts';
import type { SqlTransaction } from '../../../platform/sql/port.ts';
import { type Account, findAccount, findAccountByHash, identifierHash } from '../accounts.ts';
import { newCode } from '../codes.ts';
import { eventClient, type IdentityContext, sameText } from '../context.ts';
import { IDENTITY_LIMITS } from '../limits.ts';
import { sendMail } from '../mails.ts';
import type { PasswordHasher } from '../passwords/password-hash.ts';
import type { Assurance } from '../sessions/sessions.ts';
import type { Totp } from '../totp/totp.ts';
import { networkKey } from '../../../platform/http/index.ts';

type Method = 'totp' | 'email_code';

export interface LoginClient {
  readonly ip: string;
  readonly userAgent: string;
  /** The key the client says its code shall be bound to (`dpop_jkt`, RFC 9449 §10): its device id. */
  readonly deviceId: string | null;
}

/** What a browser that signed in before carries; null for one that did not. */
export interface KnownBrowser {
  readonly accountId: string;
  readonly browserId: string;
}

export type LoginOutcome =
  | { readonly kind: 'passed'; readonly accountId: AccountId; readonly assurance: Assurance }
  | { readonly kind: 'second_step'; readonly method: Method }
  /** Credentials or code are wrong, which of them is not said. */
  | { readonly kind: 'wrong' }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'expired' }
  /** The engine said no. The credentials were right, so the account's state may be shown. */
  | { readonly kind: 'refused'; readonly accountId: AccountId };

export interface Login {
  /** First step. Takes the same time for an unknown account as for a known one. `uid` is the interaction's id. */
  password(
    uid: string,
    attempt: {
      readonly email: string;
      readonly password: string;
      readonly client: LoginClient;
      readonly known: KnownBrowser | null;
    },
  ): Promise<LoginOutcome>;
  /** Second step, after a challenge. */
  code(uid: string, code: string, client: LoginClient): Promise<LoginOutcome>;
  /** The step a reloaded page is at. */
  stepOf(uid: string): Promise<'password' | Method>;
}

interface StepRow extends Record<string, unknown> {
  readonly uid: string;
  readonly account_id: AccountId;
  readonly event_id: EventId;
  readonly stepup_id: string;
  readonly method: Method;
  readonly code_hash: string | null;
  readonly payload_hash: string;
}

type Attempt = 'password_ok' | 'bad_password' | 'unknown_account' | 'throttled';

/** Long enough to read a verdict that is recorded; one that is not there by now is not waited for. */
const LATE_VERDICT_MS = 250;

const REFUSING: ReadonlySet<string> = new Set(['hold', 'deny', 'freeze']);

function refuses(verdict: Verdict | null): boolean {
  return verdict !== null && REFUSING.has(verdict.body.outcome);
}

function recordAttemptWith(context: IdentityContext) {
  return (account: Account | null, hash: string, result: Attempt, client: LoginClient): Promise<EventId> =>
    context.sql.transaction(async (transaction) => {
      const subject = account?.accountId ?? hash;
      if (account !== null) {
        await context.audit.append(transaction, {
          kind: 'login_attempted',
          actor: result === 'password_ok' ? `owner:${account.accountId}` : 'system',
          subject,
          details: { result, device_id: client.deviceId, ip_hash: context.keyedHash('ip', client.ip) },
        });
      }
      return context.outbox.append(transaction, {
        type: 'wallet.login.attempted',
        subject,
        data: { identifier_hash: hash, result, factor: 'password', client: eventClient(client) },
      });
    });
}

/** Buckets per address, per (account, address) and per account; a browser known to the account has its own instead of the last. */
async function mayTry(
  context: IdentityContext,
  hash: string,
  client: LoginClient,
  known: KnownBrowser | null,
  account: Account | null,
): Promise<boolean> {
  const { throttle, sql } = context;
  if (!(await throttle.take(sql, 'loginIp', networkKey(client.ip)))) return false;
  if (known !== null && known.accountId === account?.accountId) {
    return throttle.take(sql, 'loginKnownBrowser', `${known.accountId}:${known.browserId}`);
  }
  return (
    (await throttle.take(sql, 'loginIdentifierIp', `${hash}:${networkKey(client.ip)}`)) &&
    throttle.take(sql, 'loginIdentifier', hash)
  );
}

async function recordStep(
  context: IdentityContext,
  transaction: SqlTransaction,
  type: 'wallet.stepup.requested' | 'wallet.stepup.passed' | 'wallet.stepup.failed',
  row: StepRow,
  client: LoginClient,
): Promise<void> {
  await context.outbox.append(transaction, {
    type,
    subject: row.account_id,
    data: {
      stepup_id: row.stepup_id,
      method: row.method,
      purpose: 'login',
      target_id: row.event_id,
      payload_hash: row.payload_hash,
      client: eventClient(client),
    },
  });
  await context.audit.append(transaction, {
    kind: type.slice('wallet.'.length).replace('.', '_'),
    actor: `owner:${row.account_id}`,
    subject: row.account_id,
    details: { stepup_id: row.stepup_id, method: row.method, login_event: row.event_id },
  });
}

function challengeWith(context: IdentityContext) {
  return async (uid: string, account: Account, eventId: EventId, client: LoginClient): Promise<LoginOutcome> => {
    const method: Method = account.totp ? 'totp' : 'email_code';
    if (method === 'email_code' && !(await context.throttle.take(context.sql, 'loginCodeMail', account.accountId))) {
      return { kind: 'throttled' };
    }
    const code = newCode(context.random);
    const row: StepRow = {
      uid,
      account_id: account.accountId,
      event_id: eventId,
      stepup_id: uuidV7(context.clock, context.random),
      method,
      code_hash: method === 'email_code' ? context.keyedHash('code', `${uid}:${code}`) : null,
      payload_hash: hashJson({ account_id: account.accountId, login_event: eventId }),
    };
    await context.sql.transaction(async (transaction) => {
      await transaction.query(
        `insert into identity.login_step (uid, account_id, event_id, stepup_id, method, code_hash, payload_hash, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (uid) do update set account_id = excluded.account_id, event_id = excluded.event_id, tries = 0,
           stepup_id = excluded.stepup_id, method = excluded.method, code_hash = excluded.code_hash,
           payload_hash = excluded.payload_hash, expires_at = excluded.expires_at`,
        [
          uid,
          row.account_id,
          eventId,
          row.stepup_id,
          method,
          row.code_hash,
          row.payload_hash,
          context.after(IDENTITY_LIMITS.codeMs),
        ],
      );
      await recordStep(context, transaction, 'wallet.stepup.requested', row, client);
    });
    if (method === 'email_code') {
      const content = { kind: 'login_code', code } as const;
      await sendMail(context, { to: account.email, locale: account.locale, about: row.stepup_id, content });
    }
    return { kind: 'second_step', method };
  };
}

function passwordWith(context: IdentityContext, hasher: PasswordHasher): Login['password'] {
  const recordAttempt = recordAttemptWith(context);
  const challenge = challengeWith(context);
  const waitMs = context.loginVerdictWaitMs ?? LIMITS.loginVerdictWaitMs;
  return async (uid, { email, password, client, known }) => {
    const hash = identifierHash(context, email);
    const account = await findAccountByHash(context.sql, hash);
    if (!(await mayTry(context, hash, client, known, account))) {
      // A flood of throttled tries is told of, not retold: the bucket bounds it like other refusals.
      if (await context.throttle.take(context.sql, 'rejectedEvents', `login:${hash}`)) {
        await recordAttempt(account, hash, 'throttled', client);
      }
      return { kind: 'throttled' };
    }
    const right = await hasher.verify(account?.passwordHash ?? null, password);
    if (account === null || !right) {
      await recordAttempt(account, hash, account === null ? 'unknown_account' : 'bad_password', client);
      return { kind: 'wrong' };
    }
    if (hasher.isOutdated(account.passwordHash)) {
      await context.sql.query('update identity.account set password_hash = $2 where account_id = $1 and password_hash = $3', [
        account.accountId,
        await hasher.hash(password),
        account.passwordHash,
      ]);
    }
    const eventId = await recordAttempt(account, hash, 'password_ok', client);
    const verdict = await context.verdicts.awaitVerdict(eventId, waitMs);
    if (refuses(verdict)) return { kind: 'refused', accountId: account.accountId };
    if (verdict?.body.outcome === 'allow') return { kind: 'passed', accountId: account.accountId, assurance: 'password' };
    return challenge(uid, account, eventId, client);
  };
}

function codeWith(context: IdentityContext, totp: Totp): Login['code'] {
  const isRight = async (transaction: SqlTransaction, row: StepRow, code: string): Promise<boolean> => {
    if (row.method === 'totp') return (await totp.verify(transaction, row.account_id, code)).ok;
    return row.code_hash !== null && sameText(row.code_hash, context.keyedHash('code', `${row.uid}:${code}`));
  };
  return async (uid, code, client) => {
    const done = await context.sql.transaction(async (transaction) => {
      const [row] = await transaction.query<StepRow>(
        `update identity.login_step set tries = tries + 1 where uid = $1 and expires_at > $2 and tries < $3 returning *`,
        [uid, context.now(), IDENTITY_LIMITS.codeTriesMax],
      );
      if (row === undefined) return null;
      const right = await isRight(transaction, row, code);
      if (right) await transaction.query('delete from identity.login_step where uid = $1', [uid]);
      await recordStep(context, transaction, right ? 'wallet.stepup.passed' : 'wallet.stepup.failed', row, client);
      return { row, right };
    });
    if (done === null) return { kind: 'expired' };
    if (!done.right) return { kind: 'wrong' };
    const { row } = done;
    // The verdict may have come while the person looked for the code; late, it may still tighten.
    if (refuses(await context.verdicts.awaitVerdict(row.event_id, LATE_VERDICT_MS)))
      return { kind: 'refused', accountId: row.account_id };
    if ((await findAccount(context.sql, row.account_id)) === null) return { kind: 'expired' };
    const assurance = row.method === 'totp' ? 'password_totp' : 'password_email_code';
    return { kind: 'passed', accountId: row.account_id, assurance };
  };
}

export function createLogin(context: IdentityContext, hasher: PasswordHasher, totp: Totp): Login {
  return {
    password: passwordWith(context, hasher),
    code: codeWith(context, totp),
    async stepOf(uid) {
      const [row] = await context.sql.query<StepRow>(
        'select * from identity.login_step where uid = $1 and expires_at > $2 and tries < $3',
        [uid, context.now(), IDENTITY_LIMITS.codeTriesMax],
      );
      return row?.method ?? 'password';
    },
  };
}
