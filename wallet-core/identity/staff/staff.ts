import { refuse, type Result, STAFF_ROLES, type StaffId, type StaffRole, succeed, uuidV7 } from '../../../core/index.ts';
import { networkKey } from '../../../platform/http/index.ts';
import type { SqlTransaction } from '../../../platform/sql/port.ts';
import { newToken } from '../codes.ts';
import type { IdentityContext } from '../context.ts';
import type { PasswordHasher } from '../passwords/password-hash.ts';
import { checkPassword, type PasswordRefusal } from '../passwords/password-policy.ts';
import type { SecretBox } from '../totp/secret-box.ts';
import { newTotpSecret, totpStep, totpUri } from '../totp/totp.ts';
import { disableWith } from './disable-staff.ts';

export interface NewStaff {
  /** 3 to 40 lower-case letters, digits, dots and dashes. */
  readonly name: string;
  readonly roles: readonly StaffRole[];
  /** Made at random where it is left out. */
  readonly password?: string;
}

export interface StaffCredentials {
  readonly staffId: StaffId;
  /** The random password, to be shown once; null where the caller gave one. */
  readonly password: string | null;
  readonly totpSecret: string;
  readonly otpauthUri: string;
}

export type StaffAddRefusal = 'staff_name_invalid' | 'staff_name_taken' | 'staff_roles_invalid' | PasswordRefusal;

export interface StaffMember {
  readonly staffId: StaffId;
  readonly name: string;
  readonly roles: readonly StaffRole[];
}

export interface Staff {
  /** Secrets are in the answer and nowhere else. */
  add(member: NewStaff): Promise<Result<StaffCredentials, StaffAddRefusal>>;
  /** Name, password and TOTP together; which of them was wrong is not said. Throttled per address and name. */
  signIn(
    name: string,
    password: string,
    code: string,
    client: { readonly ip: string },
  ): Promise<Result<StaffMember, 'staff_sign_in_failed' | 'throttled'>>;
  find(staffId: string): Promise<StaffMember | null>;
  /** No sign-in any more, and no session that goes on. */
  disable(name: string): Promise<Result<void, 'staff_unknown'>>;
}

interface StaffRow extends Record<string, unknown> {
  readonly staff_id: StaffId;
  readonly name: string;
  readonly roles: StaffRole[];
  readonly password_hash: string;
  readonly totp_secret: Buffer;
}

const NAME = /^[a-z0-9][a-z0-9.-]{2,39}$/;

/** What making a member of staff takes: the register of the command line has no more. */
export type RegisterContext = Pick<IdentityContext, 'sql' | 'clock' | 'random' | 'audit' | 'now'>;

export function addWith(context: RegisterContext, hasher: PasswordHasher, box: SecretBox): Staff['add'] {
  return async ({ name, roles, password }) => {
    if (!NAME.test(name)) return refuse('staff_name_invalid', 'a name has 3 to 40 lower-case letters, digits, dots and dashes');
    if (roles.length === 0 || roles.some((role) => !STAFF_ROLES.includes(role))) {
      return refuse('staff_roles_invalid', `roles are some of ${STAFF_ROLES.join(', ')}`);
    }
    const chosen = password ?? newToken(context.random).slice(0, 24);
    const checked = checkPassword(chosen, [name]);
    if (!checked.ok) return checked;
    const staffId = uuidV7<StaffId>(context.clock, context.random);
    const secret = newTotpSecret(context.random);
    const passwordHash = await hasher.hash(chosen);
    const made = await context.sql.transaction(async (transaction) => {
      const rows = await transaction.query(
        `insert into identity.staff (staff_id, name, roles, password_hash, totp_secret, created_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (name) do nothing returning staff_id`,
        [staffId, name, [...roles], passwordHash, box.close(secret, staffId), context.now()],
      );
      if (rows.length === 0) return false;
      await context.audit.append(transaction, {
        kind: 'staff_added',
        actor: 'system',
        subject: `staff:${staffId}`,
        details: { roles: [...roles] },
      });
      return true;
    });
    if (!made) return refuse('staff_name_taken', `there is a staff member ${name} already`);
    const credentials = { staffId, totpSecret: secret, otpauthUri: totpUri(`staff:${name}`, secret) };
    return succeed({ ...credentials, password: password === undefined ? chosen : null });
  };
}

/** Uses the code's step up; of two sign-ins with one code, one passes. */
async function useStep(transaction: SqlTransaction, staffId: StaffId, step: number): Promise<boolean> {
  const used = await transaction.query(
    'update identity.staff set totp_last_step = $2 where staff_id = $1 and totp_last_step < $2 returning staff_id',
    [staffId, step],
  );
  return used.length > 0;
}

function signInWith(context: IdentityContext, hasher: PasswordHasher, box: SecretBox): Staff['signIn'] {
  return async (name, password, code, client) => {
    const allowed =
      (await context.throttle.take(context.sql, 'staffIp', networkKey(client.ip))) &&
      (await context.throttle.take(context.sql, 'staffName', name.slice(0, 40)));
    if (!allowed) return refuse('throttled', 'too many tries; wait a minute');
    const [row] = await context.sql.query<StaffRow>('select * from identity.staff where name = $1 and disabled_at is null', [
      name,
    ]);
    const right = await hasher.verify(row?.password_hash ?? null, password);
    const passed = await context.sql.transaction(async (transaction) => {
      const step = row && right ? totpStep(box.open(row.totp_secret, row.staff_id), code, context.clock.now()) : null;
      const signedIn = row !== undefined && step !== null && (await useStep(transaction, row.staff_id, step));
      if (row !== undefined) {
        await context.audit.append(transaction, {
          kind: signedIn ? 'staff_signed_in' : 'staff_sign_in_failed',
          actor: signedIn ? `staff:${row.staff_id}` : 'system',
          subject: `staff:${row.staff_id}`,
          details: { ip_hash: context.keyedHash('ip', client.ip) },
        });
      }
      return signedIn;
    });
    if (!passed || row === undefined) return refuse('staff_sign_in_failed', 'name, password or code is not right');
    return succeed({ staffId: row.staff_id, name: row.name, roles: row.roles });
  };
}

export function createStaff(context: IdentityContext, hasher: PasswordHasher, box: SecretBox): Staff {
  return {
    add: addWith(context, hasher, box),
    signIn: signInWith(context, hasher, box),
    disable: disableWith(context),
    async find(staffId) {
      const [row] = await context.sql.query<StaffRow>(
        'select * from identity.staff where staff_id = $1 and disabled_at is null',
        [staffId],
      );
      return row === undefined ? null : { staffId: row.staff_id, name: row.name, roles: row.roles };
    },
  };
}
