import { generateURI, verifySync } from 'otplib';
import { type AccountId, type Random, refuse, type Result, succeed } from '../../../core/index.ts';
import type { SqlExecutor, SqlTransaction } from '../../../platform/sql/port.ts';
import type { IdentityContext } from '../context.ts';
import { IDENTITY_LIMITS } from '../limits.ts';
import type { SecretBox } from './secret-box.ts';

export type TotpRefusal = 'totp_wrong' | 'totp_reused' | 'totp_not_enrolled' | 'totp_too_new' | 'throttled';

const ISSUER = 'Bulwark';
const CODE = /^[0-9]{6}$/;

const SECRET_BYTES = 20;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 160 bits, as RFC 4226 §4 recommends, in base32 (RFC 4648 §6): a whole number of groups, so no padding. */
export function newTotpSecret(random: Random): string {
  const bits = [...random.bytes(SECRET_BYTES)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((group) => BASE32.charAt(Number.parseInt(group, 2))).join('');
}

export function totpUri(label: string, secret: string): string {
  return generateURI({ issuer: ISSUER, label, secret });
}

/** The time step the code is of; null when it is of none near `nowMs`. Attacks T07 and T28: the server's clock alone counts. */
export function totpStep(secret: string, code: string, nowMs: number): number | null {
  if (!CODE.test(code)) return null;
  const epoch = Math.floor(nowMs / 1_000);
  const result = verifySync({ secret, token: code, epoch, epochTolerance: IDENTITY_LIMITS.totpToleranceSeconds });
  return result.valid && 'timeStep' in result ? result.timeStep : null;
}

export interface Totp {
  isEnrolled(executor: SqlExecutor, accountId: AccountId): Promise<boolean>;
  /**
   * Checks a code and uses its time step up, in the caller's transaction: of two requests with one code, one passes. Commit even
   * when it refuses, or the try is not counted. With `askedAt`, an app set up after that answers nothing: who took over a session
   * must not bring a factor of their own to a question that was asked of the owner's.
   */
  verify(transaction: SqlTransaction, accountId: AccountId, code: string, askedAt?: Date): Promise<Result<void, TotpRefusal>>;
  /** Makes a secret that counts once `confirm` proved the person has it. */
  enrol(transaction: SqlTransaction, accountId: AccountId, label: string): Promise<{ secret: string; uri: string }>;
  confirm(transaction: SqlTransaction, accountId: AccountId, code: string): Promise<Result<void, TotpRefusal>>;
}

interface SecretRow extends Record<string, unknown> {
  readonly totp_secret: Buffer | null;
  readonly totp_pending_secret: Buffer | null;
  readonly totp_last_step: bigint;
  readonly totp_since: Date | null;
}

async function readSecrets(transaction: SqlTransaction, accountId: AccountId): Promise<SecretRow | undefined> {
  const [row] = await transaction.query<SecretRow>(
    'select totp_secret, totp_pending_secret, totp_last_step, totp_since from identity.account where account_id = $1 for update',
    [accountId],
  );
  return row;
}

async function isEnrolled(executor: SqlExecutor, accountId: AccountId): Promise<boolean> {
  const rows = await executor.query('select 1 from identity.account where account_id = $1 and totp_secret is not null', [
    accountId,
  ]);
  return rows.length > 0;
}

export function createTotp(context: IdentityContext, box: SecretBox): Totp {
  return {
    isEnrolled,
    async verify(transaction, accountId, code, askedAt) {
      const row = await readSecrets(transaction, accountId);
      if (!row?.totp_secret) return refuse('totp_not_enrolled', 'no authenticator app is set up for this account');
      if (askedAt !== undefined && row.totp_since !== null && row.totp_since >= askedAt) {
        return refuse('totp_too_new', 'this authenticator app was set up after the question was asked');
      }
      if (!(await context.throttle.take(transaction, 'totp', accountId))) {
        return refuse('throttled', 'too many codes; wait a minute and try again');
      }
      const step = totpStep(box.open(row.totp_secret, accountId), code, context.clock.now());
      if (step === null) return refuse('totp_wrong', 'the code is not right');
      const used = await transaction.query(
        'update identity.account set totp_last_step = $2 where account_id = $1 and totp_last_step < $2 returning account_id',
        [accountId, step],
      );
      if (used.length === 0) return refuse('totp_reused', 'this code was used; wait for the next one');
      return succeed(undefined);
    },

    async enrol(transaction, accountId, label) {
      const secret = newTotpSecret(context.random);
      await transaction.query('update identity.account set totp_pending_secret = $2 where account_id = $1', [
        accountId,
        box.close(secret, accountId),
      ]);
      return { secret, uri: totpUri(label, secret) };
    },

    async confirm(transaction, accountId, code) {
      const row = await readSecrets(transaction, accountId);
      if (!row?.totp_pending_secret) return refuse('totp_not_enrolled', 'ask for a secret first');
      if (!(await context.throttle.take(transaction, 'totp', accountId))) {
        return refuse('throttled', 'too many codes; wait a minute and try again');
      }
      const step = totpStep(box.open(row.totp_pending_secret, accountId), code, context.clock.now());
      if (step === null) return refuse('totp_wrong', 'the code is not right');
      await transaction.query(
        `update identity.account
            set totp_secret = totp_pending_secret, totp_pending_secret = null, totp_last_step = $2, totp_since = $3
          where account_id = $1`,
        [accountId, step, context.now()],
      );
      return succeed(undefined);
    },
  };
}
