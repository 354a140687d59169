import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  MINUTE_MS,
  type Principal,
  refuse,
  type Result,
  type SessionId,
  type StaffId,
  type StaffRole,
  succeed,
  uuidV7,
} from '../../../core/index.ts';
import { newToken } from '../codes.ts';
import { eventClient, type IdentityContext } from '../context.ts';
import { IDENTITY_LIMITS } from '../limits.ts';
import { readCookies, setCookie } from '../pages/cookies.ts';
import { isSameOrigin } from '../pages/csrf.ts';
import { recordRejection } from '../resource/rejections.ts';
import { tellSignInEnded } from '../sessions/sessions.ts';

export type StaffPrincipal = Extract<Principal, { kind: 'staff' }>;
export type StaffRefusal = 'staff_session_missing' | 'staff_session_ended' | 'csrf';

/** Who a staff request is from, or why it is refused: 403 for `csrf`, 401 for the rest. */
export type AuthenticateStaff = (request: FastifyRequest) => Promise<Result<StaffPrincipal, StaffRefusal>>;

export interface StaffSessions {
  readonly authenticate: AuthenticateStaff;
  open(reply: FastifyReply, staffId: StaffId, client: { readonly ip: string; readonly userAgent: string }): Promise<void>;
  close(reply: FastifyReply, sessionId: SessionId): Promise<void>;
  /** What `x-csrf-token` must say on unsafe methods of this session. */
  csrfToken(sessionId: SessionId): string;
}

interface SessionRow extends Record<string, unknown> {
  readonly session_id: SessionId;
  readonly staff_id: StaffId;
  readonly roles: StaffRole[];
  readonly last_seen_at: Date;
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const PURPOSE = 'staff-csrf';
const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** A reader cannot be made to write by another site: unsafe methods need our origin and the session's token (attack T14). */
function passesStaffCsrf(context: IdentityContext, request: FastifyRequest, sessionId: SessionId): boolean {
  if (SAFE_METHODS.has(request.method)) return true;
  const token = request.headers['x-csrf-token'];
  return isSameOrigin(context, request) && typeof token === 'string' && context.isSealed(PURPOSE, sessionId, token);
}

/** The `__Host-` prefix (RFC 6265bis §4.1.3.2) keeps subdomains from planting the cookie; browsers take it over https only. */
export function staffCookieName(context: Pick<IdentityContext, 'secure'>): string {
  return context.secure ? '__Host-bulwark_staff' : 'bulwark_staff';
}

function authenticateWith(context: IdentityContext, cookieName: string): AuthenticateStaff {
  return async (request) => {
    const token = readCookies(request).get(cookieName);
    if (token === undefined) return refuse('staff_session_missing', 'sign in as staff first');
    const [row] = await context.sql.query<SessionRow>(
      `select session.session_id, session.staff_id, session.last_seen_at, staff.roles
         from identity.staff_session session join identity.staff using (staff_id)
        where token_hash = $1 and revoked_at is null and disabled_at is null and expires_at > $2 and last_seen_at > $3`,
      [hashToken(token), context.now(), context.after(-IDENTITY_LIMITS.staffIdleMs)],
    );
    if (row === undefined) return refuse('staff_session_ended', 'the staff session has ended; sign in again');
    if (!passesStaffCsrf(context, request, row.session_id)) {
      const client = eventClient({ ...context.clientOf(request.raw), sessionId: row.session_id });
      await recordRejection(context, { reason: 'csrf', door: 'api.staff', detail: 'cross_site', client, accountId: null });
      return refuse('csrf', 'the request lacks its x-csrf-token or came from another site');
    }
    if (context.clock.now() - row.last_seen_at.getTime() > MINUTE_MS) {
      await context.sql.query('update identity.staff_session set last_seen_at = $2 where session_id = $1', [
        row.session_id,
        context.now(),
      ]);
    }
    return succeed({ kind: 'staff', staffId: row.staff_id, sessionId: row.session_id, roles: row.roles });
  };
}

export function createStaffSessions(context: IdentityContext): StaffSessions {
  const cookieName = staffCookieName(context);
  const cookie = { secure: context.secure, sameSite: 'Strict' } as const;
  return {
    authenticate: authenticateWith(context, cookieName),
    csrfToken: (sessionId) => context.seal(PURPOSE, sessionId),
    async open(reply, staffId, client) {
      const token = newToken(context.random);
      await context.sql.query(
        `insert into identity.staff_session (session_id, token_hash, staff_id, ip, user_agent, created_at, last_seen_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $6, $7)`,
        [
          uuidV7(context.clock, context.random),
          hashToken(token),
          staffId,
          client.ip,
          client.userAgent.slice(0, 256),
          context.now(),
          context.after(IDENTITY_LIMITS.staffSessionMs),
        ],
      );
      setCookie(reply, cookieName, token, cookie);
    },
    async close(reply, sessionId) {
      const [ended] = await context.sql.query<{ staff_id: string }>(
        'update identity.staff_session set revoked_at = $2 where session_id = $1 returning staff_id',
        [sessionId, context.now()],
      );
      if (ended !== undefined) await tellSignInEnded(context.sql, `staff:${ended.staff_id}`);
      setCookie(reply, cookieName, '', { ...cookie, maxAge: 0 });
    },
  };
}
