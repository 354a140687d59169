import { type AccountId, type DeviceId, refuse, type Result, succeed } from '../../../core/index.ts';
import type { SqlTransaction } from '../../../platform/sql/port.ts';
import { type Account, findAccount } from '../accounts.ts';
import { eventClient, type IdentityContext } from '../context.ts';
import { sendMail } from '../mails.ts';
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

/** What an owner does to their own account. Acts that loosen nothing work on a frozen account too. */
export interface OwnerActs {
  account(accountId: AccountId): Promise<Account>;
  /** A second app replaces the first only with a code of the first: a stolen session cannot take the factor over. */
  enrolTotp(
    caller: Caller,
    currentCode: string | null,
  ): Promise<Result<{ secret: string; uri: string }, TotpRefusal | 'account_frozen' | 'totp_already_enrolled'>>;
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

function totpActs({ context, totp }: ActDeps): Pick<OwnerActs, 'enrolTotp' | 'confirmTotp'> {
  return {
    async enrolTotp({ principal }, currentCode) {
      const { accountId } = principal;
      const account = await existing(context, accountId);
      return context.sql.transaction(async (transaction) => {
        if (await isFrozen(context, transaction, accountId)) return FROZEN;
        if (account.totp && currentCode === null) {
          return refuse('totp_already_enrolled', 'to replace the authenticator app, give a code of the present one');
        }
        if (account.totp && currentCode !== null) {
          const verified = await totp.verify(transaction, accountId, currentCode);
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
