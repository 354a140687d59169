import type { IncomingMessage, ServerResponse } from 'node:http';
import formbody from '@fastify/formbody';
import type { FastifyInstance } from 'fastify';
import type { AccountId, Result, Verdict } from '../../core/index.ts';
import type { RouteAccess, RoutePlugin } from '../../platform/http/index.ts';
import type { SqlExecutor, SqlTransaction } from '../../platform/sql/port.ts';
import { findAccount } from './accounts.ts';
import { createContext, type IdentityContext } from './context.ts';
import type { IdentityDeps, Locale } from './deps.ts';
import { IDENTITY_LIMITS } from './limits.ts';
import { createLogin } from './login/login.ts';
import { loginRoutes } from './login/login-routes.ts';
import { createOidcServer, type OidcServer } from './oidc/provider.ts';
import { createOwnerActs } from './owner/owner-acts.ts';
import { ownerRoutes } from './owner/owner-routes.ts';
import { createPasswordHasher } from './passwords/password-hash.ts';
import { type AuthenticateOwner, createAuthenticateOwner } from './resource/authenticate-owner.ts';
import { createSessions, type Sessions } from './sessions/sessions.ts';
import { createSignUp } from './sign-up/sign-up.ts';
import { signUpRoutes } from './sign-up/sign-up-routes.ts';
import { createStaff, type Staff } from './staff/staff.ts';
import { staffLoginRoutes } from './staff/staff-login-routes.ts';
import { staffRoutes } from './staff/staff-routes.ts';
import { type AuthenticateStaff, createStaffSessions } from './staff/staff-sessions.ts';
import { createSecretBox } from './totp/secret-box.ts';
import { createTotp, type TotpRefusal } from './totp/totp.ts';

export interface Identity {
  /** Answers a raw request whose URL begins with the issuer's path. `publicRoutes` mounts it already. */
  readonly oidcCallback: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** The authorization server, sign-up, login and staff login. */
  readonly publicRoutes: RoutePlugin;
  readonly ownerRoutes: RoutePlugin;
  readonly staffRoutes: RoutePlugin;
  /** For every route with `access.kind === 'owner'`. 429 for `rate_limited`, else 401. Each call uses the request's proof up. */
  readonly authenticateOwner: AuthenticateOwner;
  /** For every route with `access.kind === 'staff'`: session and CSRF; roles are the route's. 403 for `csrf`, else 401. */
  readonly authenticateStaff: AuthenticateStaff;
  /** Hears every verdict: `revoke_sessions` ends the sessions of the verdict's subject. Register with the inbox as `'*'`. */
  readonly onVerdict: (transaction: SqlTransaction, verdict: Verdict) => Promise<void>;
  /**
   * Uses a TOTP step up in the caller's transaction; commit it also when it refuses, or the try is not counted. An app set up after
   * `askedAt` is refused with `totp_too_new`.
   */
  readonly verifyTotp: (
    transaction: SqlTransaction,
    accountId: AccountId,
    code: string,
    askedAt: Date,
  ) => Promise<Result<void, TotpRefusal>>;
  /** True once an authenticator app is confirmed: without one no money leaves. */
  readonly totpEnrolled: (executor: SqlExecutor, accountId: AccountId) => Promise<boolean>;
  /** Ends every session of the account (“it wasn’t me”). `reason` is snake_case. Gives back how many ended. */
  readonly revokeSessions: (
    transaction: SqlTransaction,
    revocation: { readonly accountId: AccountId; readonly actor: string; readonly reason: string },
  ) => Promise<number>;
  /** Where and in which language to reach the owner; null for what is no account. */
  readonly contactOf: (
    executor: SqlExecutor,
    accountId: string,
  ) => Promise<{ readonly email: string; readonly locale: Locale } | null>;
  readonly staff: Staff;
  /** Deletes what has expired. `start` does it each minute. */
  readonly sweep: () => Promise<void>;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

const oidcAccess: RouteAccess = {
  kind: 'public',
  why: 'OAuth endpoints authenticate by code, PKCE, refresh token and DPoP proof',
};

function oidcRoutes(oidc: OidcServer): RoutePlugin {
  return (server) => {
    server.register(async (scope: FastifyInstance) => {
      // oidc-provider reads the body from the raw request itself.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      scope.all(`${oidc.mountPath}/*`, { config: { access: oidcAccess } }, async (request, reply) => {
        reply.hijack();
        await oidc.callback(request.raw, reply.raw);
      });
    });
  };
}

function createSweep(context: IdentityContext): () => Promise<void> {
  const { sql } = context;
  return async () => {
    const now = context.now();
    await context.throttle.sweep(sql);
    for (const table of ['oidc_payload', 'dpop_proof', 'login_step', 'sign_up', 'staff_session']) {
      await sql.query(`delete from identity.${table} where expires_at < $1`, [now]);
    }
    // Ended sessions stay as long as a refresh token of theirs could have lived: until then they answer “who was that”.
    await sql.query('delete from identity.session where revoked_at < $1', [
      context.after(-IDENTITY_LIMITS.refreshTokenSeconds * 1_000),
    ]);
  };
}

function createSweeper(context: IdentityContext): Pick<Identity, 'sweep' | 'start' | 'stop'> {
  const sweep = createSweep(context);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  return {
    sweep,
    start() {
      timer ??= setInterval(() => {
        running = sweep().catch((error: unknown) => context.onError?.(error));
      }, IDENTITY_LIMITS.sweepMs);
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}

function verdictHandler(sessions: Sessions): Identity['onVerdict'] {
  return async (transaction, verdict) => {
    const { actions, subject } = verdict.body;
    if (!actions.includes('revoke_sessions')) return;
    const account = await findAccount(transaction, subject);
    if (account === null) return;
    await sessions.revokeAll(transaction, { accountId: account.accountId, actor: 'system', reason: 'risk_verdict' });
  };
}

/** Who people are: sign-up, login, sessions, factors and staff. Throws TypeError for keys of the wrong kind. */
export function createIdentity(deps: IdentityDeps): Identity {
  const context = createContext(deps);
  const hasher = createPasswordHasher(deps.argon2);
  const box = createSecretBox(deps.keys.totpKey, deps.random);
  const totp = createTotp(context, box);
  const sessions = createSessions(context);
  const oidc = createOidcServer(context, sessions);
  const login = createLogin(context, hasher, totp);
  const staff = createStaff(context, hasher, box);
  const staffSessions = createStaffSessions(context);
  const acts = createOwnerActs({ context, sessions, totp, hasher });
  const publicParts = [
    oidcRoutes(oidc),
    signUpRoutes(context, createSignUp(context, hasher)),
    loginRoutes({ context, login, oidc, sessions }),
    staffLoginRoutes(context, staff, staffSessions),
  ];
  return {
    oidcCallback: (request, response) => oidc.callback(request, response),
    async publicRoutes(server) {
      if (!server.hasContentTypeParser('application/x-www-form-urlencoded')) {
        await server.register(formbody, { bodyLimit: IDENTITY_LIMITS.formBytesMax });
      }
      for (const part of publicParts) await part(server);
    },
    ownerRoutes: ownerRoutes(context, acts, sessions),
    staffRoutes: staffRoutes({ context, staff, staffSessions, sessions }),
    authenticateOwner: createAuthenticateOwner(context),
    authenticateStaff: staffSessions.authenticate,
    onVerdict: verdictHandler(sessions),
    verifyTotp: (transaction, accountId, code, askedAt) => totp.verify(transaction, accountId, code, askedAt),
    totpEnrolled: (executor, accountId) => totp.isEnrolled(executor, accountId),
    revokeSessions: (transaction, revocation) => sessions.revokeAll(transaction, revocation),
    async contactOf(executor, accountId) {
      const account = await findAccount(executor, accountId);
      return account === null ? null : { email: account.email, locale: account.locale };
    },
    staff,
    ...createSweeper(context),
  };
}
