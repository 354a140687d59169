import { type AccountId, type ClientInfo, type DeviceId, type SessionId, uuidV7 } from '../../../core/index.ts';
import type { SqlExecutor, SqlTransaction } from '../../../platform/sql/port.ts';
import { eventClient, type IdentityContext } from '../context.ts';
import { IDENTITY_LIMITS } from '../limits.ts';

export interface Session {
  readonly sessionId: SessionId;
  readonly accountId: AccountId;
  readonly grantId: string;
  readonly deviceId: DeviceId | null;
  readonly ip: string;
  readonly userAgent: string;
  readonly assurance: Assurance;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly revokedAt: Date | null;
}

/**
 * PostgreSQL channel on which every process hears, after the commit, whose sign-in ended: `owner:ID` or `staff:ID`. What stays open
 * beyond a request (a live socket) is closed then; what still has a sign-in opens anew.
 */
export const SIGN_INS_ENDED = 'identity_sign_ins_ended';

export async function tellSignInEnded(executor: SqlExecutor, principal: `owner:${string}` | `staff:${string}`): Promise<void> {
  await executor.query('select pg_notify($1, $2)', [SIGN_INS_ENDED, principal]);
}

/** How the login was proven: `password`, or with a second factor. A code by mail is weaker than an authenticator app. */
export type Assurance = 'password' | 'password_email_code' | 'password_totp';

/** Which one-time token was presented twice, where that is why a session ends. */
export interface Reuse {
  readonly token: 'refresh_token' | 'authorization_code';
  readonly client: ClientInfo;
}

export interface Sessions {
  /** One session a grant. Ends the oldest ones over the limit. */
  open(
    transaction: SqlTransaction,
    session: {
      readonly accountId: AccountId;
      readonly grantId: string;
      readonly client: ClientInfo;
      readonly assurance: Assurance;
    },
  ): Promise<SessionId>;
  byGrant(executor: SqlExecutor, grantId: string): Promise<Session | null>;
  /** Live ones, newest use first. */
  list(executor: SqlExecutor, accountId: AccountId): Promise<readonly Session[]>;
  /**
   * Ends the session and deletes every token of its grant. Idempotent: the events are appended by the call that ended it.
   * With `reuse` it also says which token came twice (attacks T09, T13).
   */
  revokeGrant(
    transaction: SqlTransaction,
    revocation: { readonly grantId: string; readonly actor: string; readonly reason: string; readonly reuse?: Reuse },
  ): Promise<boolean>;
  /** Ends all live sessions of the account, or those of one device, or all but one. Gives back how many ended. */
  revokeAll(
    transaction: SqlTransaction,
    revocation: {
      readonly accountId: AccountId;
      readonly actor: string;
      readonly reason: string;
      readonly deviceId?: DeviceId;
      readonly except?: SessionId;
    },
  ): Promise<number>;
}

interface SessionRow extends Record<string, unknown> {
  readonly session_id: SessionId;
  readonly account_id: AccountId;
  readonly grant_id: string;
  readonly device_id: DeviceId | null;
  readonly ip: string;
  readonly user_agent: string;
  readonly assurance: Assurance;
  readonly created_at: Date;
  readonly last_seen_at: Date;
  readonly revoked_at: Date | null;
}

function toSession(row: SessionRow): Session {
  return {
    sessionId: row.session_id,
    accountId: row.account_id,
    grantId: row.grant_id,
    deviceId: row.device_id,
    ip: row.ip,
    userAgent: row.user_agent,
    assurance: row.assurance,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    revokedAt: row.revoked_at,
  };
}

async function recordReuse(context: IdentityContext, transaction: SqlTransaction, row: SessionRow, reuse: Reuse): Promise<void> {
  await context.outbox.append(transaction, {
    type: 'wallet.session.token-reused',
    subject: row.account_id,
    data: {
      session_id: row.session_id,
      grant_id: row.grant_id,
      token: reuse.token,
      client: eventClient({ ...reuse.client, deviceId: reuse.client.deviceId ?? row.device_id, sessionId: row.session_id }),
    },
  });
  await context.audit.append(transaction, {
    kind: 'token_reused',
    actor: 'system',
    subject: row.account_id,
    details: { session_id: row.session_id, token: reuse.token, ip_hash: context.keyedHash('ip', reuse.client.ip) },
  });
}

function revokeGrantWith(context: IdentityContext): Sessions['revokeGrant'] {
  return async (transaction, { grantId, actor, reason, reuse }) => {
    await transaction.query('delete from identity.oidc_payload where grant_id = $1', [grantId]);
    const [row] = await transaction.query<SessionRow>(
      `update identity.session set revoked_at = $2, revoked_reason = $3
        where grant_id = $1 and revoked_at is null returning *`,
      [grantId, context.now(), reason],
    );
    if (row === undefined) return false;
    await tellSignInEnded(transaction, `owner:${row.account_id}`);
    if (reuse !== undefined) await recordReuse(context, transaction, row, reuse);
    await context.outbox.append(transaction, {
      type: 'wallet.session.revoked',
      subject: row.account_id,
      data: { session_id: row.session_id, reason },
    });
    await context.audit.append(transaction, {
      kind: 'session_revoked',
      actor,
      subject: row.account_id,
      details: { session_id: row.session_id, device_id: row.device_id, reason },
    });
    return true;
  };
}

function revokeAllWith(revokeGrant: Sessions['revokeGrant']): Sessions['revokeAll'] {
  return async (transaction, { accountId, actor, reason, deviceId, except }) => {
    const rows = await transaction.query<{ grant_id: string }>(
      `select grant_id from identity.session
        where account_id = $1 and revoked_at is null and ($2::text is null or device_id = $2) and session_id is distinct from $3
        order by grant_id for update`,
      [accountId, deviceId ?? null, except ?? null],
    );
    let ended = 0;
    for (const row of rows) {
      if (await revokeGrant(transaction, { grantId: row.grant_id, actor, reason })) ended += 1;
    }
    return ended;
  };
}

function openWith(context: IdentityContext, revokeGrant: Sessions['revokeGrant']): Sessions['open'] {
  return async (transaction, { accountId, grantId, client, assurance }) => {
    // Two logins at once must both see each other, or the limit leaks.
    await transaction.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`sessions:${accountId}`]);
    const over = await transaction.query<{ grant_id: string }>(
      `select grant_id from identity.session where account_id = $1 and revoked_at is null
        order by created_at desc, session_id desc offset $2`,
      [accountId, IDENTITY_LIMITS.sessionsMax - 1],
    );
    for (const { grant_id: oldGrant } of over) {
      await revokeGrant(transaction, { grantId: oldGrant, actor: 'system', reason: 'session_limit' });
    }
    const sessionId = uuidV7<SessionId>(context.clock, context.random);
    await transaction.query(
      `insert into identity.session (session_id, account_id, grant_id, ip, user_agent, assurance, created_at, last_seen_at)
       values ($1, $2, $3, $4, $5, $6, $7, $7)`,
      [sessionId, accountId, grantId, client.ip, client.userAgent.slice(0, 256), assurance, context.now()],
    );
    await context.audit.append(transaction, {
      kind: 'session_opened',
      actor: `owner:${accountId}`,
      subject: accountId,
      details: { session_id: sessionId, assurance, ip_hash: context.keyedHash('ip', client.ip) },
    });
    return sessionId;
  };
}

export function createSessions(context: IdentityContext): Sessions {
  const revokeGrant = revokeGrantWith(context);
  return {
    revokeGrant,
    revokeAll: revokeAllWith(revokeGrant),
    open: openWith(context, revokeGrant),
    async byGrant(executor, grantId) {
      const [row] = await executor.query<SessionRow>('select * from identity.session where grant_id = $1', [grantId]);
      return row === undefined ? null : toSession(row);
    },
    async list(executor, accountId) {
      const rows = await executor.query<SessionRow>(
        'select * from identity.session where account_id = $1 and revoked_at is null order by last_seen_at desc',
        [accountId],
      );
      return rows.map(toSession);
    },
  };
}
