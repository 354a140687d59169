import { type AccountId, type DeviceId, refuse, type Result, succeed } from '../../../core/index.ts';
import type { SqlTransaction } from '../../../platform/sql/port.ts';
import { type Account, findAccount } from '../accounts.ts';
import { eventClient, type IdentityContext } from '../context.ts';
import { sendMail } from '../mails.ts';
import { IDENTITY_LIMITS } from '../limits.ts';
import type { PasswordHasher } from '../passwords/password-hash.ts';
import { checkPassword, type PasswordRefusal } from '../passwords/password-policy.ts';
import type { OwnerPrincipal } from '../resource/authenticate-owner.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Totp, TotpRefusal } from '../totp/totp.ts';
import type { RawClient } from '../sign-up/sign-up.ts';

export interface Caller {
  readonly principal: OwnerPrincipal;
  readonly client: RawClient;
}

export interface EnrolmentProof {
  /** Of the present authenticator app. */
  readonly code: string | null;
  readonly password: string | null;
}

export type EnrolmentRefusal =
  | TotpRefusal
  | 'account_frozen'
  | 'totp_already_enrolled'
  | 'password_needed'
  | 'password_wrong'
  | 'throttled';

/** What an owner does to their own account. Acts that loosen nothing work on a frozen account too. */
export interface OwnerActs {
  account(accountId: AccountId): Promise<Account>;
  /**
   * A stolen session cannot take the factor over: a second app replaces the first only with a code of the first, and the first is
   * set up right after a login or with the password.
   */
  enrolTotp(caller: Caller, proof: EnrolmentProof): Promise<Result<{ secret: string; uri: string }, EnrolmentRefusal>>;
  confirmTotp(caller: Caller, code: string): Promise<Result<void, TotpRefusal | 'account_frozen'>>;
  changePassword(
    caller: Caller,
    current: string,
    next: string,
  ): Promise<Result<void, PasswordRefusal | 'account_frozen' | 'password_wrong' | 'throttled'>>;
  removeDevice(caller: Caller, deviceId: DeviceId): Promise<Result<void, 'device_unknown'>>;
  /** Gives back how many ended. */
  revokeAllSessions(caller: Caller): Promise<number>;
  /** Freezes the account and ends every session, the caller's too. */
  lock(caller: Caller): Promise<void>;
}

interface ActDeps {
  readonly context: IdentityContext;
  readonly sessions: Sessions;
  readonly totp: Totp;
  readonly hasher: PasswordHasher;
}

const FROZEN = refuse('account_frozen', 'the account is frozen: nothing but looking works');

async function isFrozen(context: IdentityContext, transaction: SqlTransaction, accountId: AccountId): Promise<boolean> {
  await context.restrictions.lockAccount(transaction, accountId);
  return (await context.restrictions.stateOf(transaction, accountId)).frozen;
}

function callerClient({ principal, client }: Caller): ReturnType<typeof eventClient> {
  return eventClient({ ...client, deviceId: principal.deviceId, sessionId: principal.sessionId });
}

async function recordChange(
  context: IdentityContext,
  transaction: SqlTransaction,
  caller: Caller,
  credential: 'password' | 'totp',
): Promise<void> {
  const { accountId, deviceId } = caller.principal;
  await context.outbox.append(transaction, {
    type: 'wallet.credential.changed',
    subject: accountId,
    data: { credential, client: callerClient(caller) },
  });
  await context.audit.append(transaction, {
    kind: 'credential_changed',
    actor: `owner:${accountId}`,
    subject: accountId,
    details: { credential, device_id: deviceId, ip_hash: context.keyedHash('ip', caller.client.ip) },
  });
}

async function tellChange(context: IdentityContext, account: Account, credential: 'password' | 'totp'): Promise<void> {
  const about = `${account.accountId}:${credential}:${context.clock.now()}`;
  await sendMail(context, {
    to: account.email,
    locale: account.locale,
    about,
    content: { kind: 'credential_changed', credential },
  });
}

async function existing(context: IdentityContext, accountId: AccountId): Promise<Account> {
  const account = await findAccount(context.sql, accountId);
  if (account === null) throw new Error('an authenticated owner has an account');
  return account;
}

/** Sessions of a thief are older than this, unless the thief has the password: then the owner has lost more than a session. */
async function provesOwner(
  { context, sessions, hasher }: ActDeps,
  { accountId, sessionId }: OwnerPrincipal,
  account: Account,
  password: string | null,
): Promise<Result<void, EnrolmentRefusal>> {
  const session = (await sessions.list(context.sql, accountId)).find((each) => each.sessionId === sessionId);
  const age = context.clock.now() - (session?.createdAt.getTime() ?? 0);
  if (password === null && age <= IDENTITY_LIMITS.freshLoginMs) return succeed(undefined);
  if (password === null) return refuse('password_needed', 'give your password, or sign in again, to set up an authenticator app');
  if (!(await context.throttle.take(context.sql, 'passwordChange', accountId))) {
    return refuse('throttled', 'too many tries; wait a minute');
  }
  if (await hasher.verify(account.passwordHash, password)) return succeed(undefined);
  return refuse('password_wrong', 'the password is not right');
}

function totpActs(deps: ActDeps): Pick<OwnerActs, 'enrolTotp' | 'confirmTotp'> {
  const { context, totp } = deps;
  return {
    async enrolTotp({ principal }, { code, password }) {
      const { accountId } = principal;
      const account = await existing(context, accountId);
      if (!account.totp) {
        const proven = await provesOwner(deps, principal, account, password);
        if (!proven.ok) return proven;
      }
      return context.sql.transaction(async (transaction) => {
        if (await isFrozen(context, transaction, accountId)) return FROZEN;
        // Looked at again under the account's lock: an app may have been confirmed since.
        if (await totp.isEnrolled(transaction, accountId)) {
          if (code === null) {
            return refuse('totp_already_enrolled', 'to replace the authenticator app, give a code of the present one');
          }
          const verified = await totp.verify(transaction, accountId, code);
          if (!verified.ok) return verified;
        }
        return succeed(await totp.enrol(transaction, accountId, account.email));
      });
    },
    async confirmTotp(caller, code) {
      const { accountId } = caller.principal;
      const confirmed = await context.sql.transaction(async (transaction) => {
        if (await isFrozen(context, transaction, accountId)) return FROZEN;
        const result = await totp.confirm(transaction, accountId, code);
        if (result.ok) await recordChange(context, transaction, caller, 'totp');
        return result;
      });
      if (confirmed.ok) await tellChange(context, await existing(context, accountId), 'totp');
      return confirmed;
    },
  };
}

function passwordAct({ context, sessions, hasher }: ActDeps): OwnerActs['changePassword'] {
  return async (caller, current, next) => {
    const { accountId, sessionId } = caller.principal;
    if (!(await context.throttle.take(context.sql, 'passwordChange', accountId))) {
      return refuse('throttled', 'too many tries; wait a minute');
    }
    const account = await existing(context, accountId);
    if (!(await hasher.verify(account.passwordHash, current)))
      return refuse('password_wrong', 'the present password is not right');
    const checked = checkPassword(next, [account.email]);
    if (!checked.ok) return checked;
    const passwordHash = await hasher.hash(next);
    const changed = await context.sql.transaction(async (transaction) => {
      if (await isFrozen(context, transaction, accountId)) return FROZEN;
      // Compared with what was verified: of two changes at once the slower does not win silently.
      const rows = await transaction.query(
        `update identity.account set password_hash = $2, password_changed_at = $3
          where account_id = $1 and password_hash = $4 returning account_id`,
        [accountId, passwordHash, context.now(), account.passwordHash],
      );
      if (rows.length === 0) return refuse('password_wrong', 'the present password is not right');
      const actor = `owner:${accountId}`;
      await sessions.revokeAll(transaction, { accountId, actor, reason: 'password_changed', except: sessionId });
      await recordChange(context, transaction, caller, 'password');
      return succeed(undefined);
    });
    if (changed.ok) await tellChange(context, account, 'password');
    return changed;
  };
}

export function createOwnerActs(deps: ActDeps): OwnerActs {
  const { context, sessions } = deps;
  return {
    ...totpActs(deps),
    changePassword: passwordAct(deps),
    account: (accountId) => existing(context, accountId),
    removeDevice: ({ principal: { accountId } }, deviceId) =>
      context.sql.transaction(async (transaction) => {
        const actor = `owner:${accountId}`;
        const removed = await context.devices.remove(transaction, { accountId, deviceId, actor, reason: 'owner_removed' });
        if (removed.ok) await sessions.revokeAll(transaction, { accountId, actor, reason: 'device_removed', deviceId });
        return removed;
      }),
    revokeAllSessions: ({ principal: { accountId } }) =>
      context.sql.transaction((transaction) =>
        sessions.revokeAll(transaction, { accountId, actor: `owner:${accountId}`, reason: 'owner_signed_out_all' }),
      ),
    lock: ({ principal: { accountId } }) =>
      context.sql.transaction(async (transaction) => {
        const actor = `owner:${accountId}`;
        await context.restrictions.impose(transaction, {
          accountId,
          kind: 'freeze',
          cause: { kind: 'owner', id: accountId },
          author: actor,
          reason: 'the owner locked the account',
        });
        await sessions.revokeAll(transaction, { accountId, actor, reason: 'account_locked' });
      }),
  };
}
