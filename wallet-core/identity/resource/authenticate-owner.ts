import type { FastifyRequest } from 'fastify';
import { createLocalJWKSet, errors, type JWK, jwtVerify } from 'jose';
import {
  type AccountId,
  type DeviceId,
  MINUTE_MS,
  type Principal,
  refuse,
  type Refusal,
  type Result,
  type SessionId,
  succeed,
} from '../../../core/index.ts';
import { eventClient, type IdentityContext } from '../context.ts';
import { checkProof, claimProof, type DpopProof, type DpopRefusal } from './dpop.ts';
import { recordRejection } from './rejections.ts';
import { networkKey } from '../../../platform/http/index.ts';

export type OwnerPrincipal = Extract<Principal, { kind: 'owner' }>;
export type OwnerRefusal = 'token_missing' | 'token_invalid' | 'token_expired' | 'session_ended' | 'rate_limited' | DpopRefusal;

/** Who an owner's request is from, or why it is refused: 429 for `rate_limited`, 401 for everything else. */
export type AuthenticateOwner = (request: FastifyRequest) => Promise<Result<OwnerPrincipal, OwnerRefusal>>;

interface AccessClaims {
  readonly accountId: AccountId;
  readonly sessionId: SessionId;
  readonly jkt: string;
}

const EVENT_REASON: Partial<Record<OwnerRefusal, 'replayed' | 'expired' | 'bad_signature'>> = {
  dpop_replayed: 'replayed',
  dpop_expired: 'expired',
  dpop_invalid: 'bad_signature',
  token_invalid: 'bad_signature',
};
/** How fresh “last seen” is: a write for each request would cost more than the figure is worth. */
const LAST_SEEN_MS = MINUTE_MS;

function publicJwk(jwk: JWK): JWK {
  const { d: _private, ...rest } = jwk;
  return rest;
}

function tokenVerifier(context: IdentityContext) {
  const keys = createLocalJWKSet({ keys: context.keys.jwks.reveal().keys.map(publicJwk) });
  return async (token: string): Promise<Result<AccessClaims, 'token_invalid' | 'token_expired'>> => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: context.issuerUrl,
        audience: context.origin,
        typ: 'at+jwt',
        algorithms: ['ES256', 'EdDSA', 'Ed25519'],
        requiredClaims: ['sub', 'sid', 'exp', 'cnf'],
        currentDate: context.now(),
      });
      const { sub, sid, cnf } = payload as { sub: AccountId; sid: SessionId; cnf: { jkt?: unknown } };
      if (typeof cnf.jkt !== 'string') return refuse('token_invalid', 'the token is not bound to a key');
      return succeed({ accountId: sub, sessionId: sid, jkt: cnf.jkt });
    } catch (error) {
      if (error instanceof errors.JWTExpired) return refuse('token_expired', 'the access token has expired');
      if (error instanceof errors.JOSEError || error instanceof TypeError) {
        return refuse('token_invalid', 'the access token does not verify');
      }
      throw error;
    }
  };
}

async function sessionLives(context: IdentityContext, claims: AccessClaims): Promise<boolean> {
  const [row] = await context.sql.query<{ last_seen_at: Date }>(
    `select last_seen_at from identity.session
      where session_id = $1 and account_id = $2 and device_id = $3 and revoked_at is null`,
    [claims.sessionId, claims.accountId, claims.jkt],
  );
  if (row === undefined) return false;
  if (context.clock.now() - row.last_seen_at.getTime() > LAST_SEEN_MS) {
    await context.sql.query('update identity.session set last_seen_at = $2 where session_id = $1', [
      claims.sessionId,
      context.now(),
    ]);
  }
  return true;
}

function checkRequest(context: IdentityContext) {
  const verifyToken = tokenVerifier(context);
  return async (request: FastifyRequest): Promise<{ claims: AccessClaims | null; result: Result<DpopProof, OwnerRefusal> }> => {
    const accessToken = /^DPoP ([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (accessToken === undefined) {
      return { claims: null, result: refuse('token_missing', 'the request needs an Authorization: DPoP access token') };
    }
    const token = await verifyToken(accessToken);
    if (!token.ok) return { claims: null, result: token };
    const claims = token.value;
    const expected = { method: request.method, url: `${context.origin}${request.raw.url ?? '/'}`, accessToken };
    const proof = await checkProof(context, request.headers['dpop'], expected);
    if (!proof.ok) return { claims, result: proof };
    if (proof.value.jkt !== claims.jkt) {
      return { claims, result: refuse('dpop_invalid', 'the token is bound to another key') };
    }
    return { claims, result: proof };
  };
}

/**
 * The API's own check of each owner request: token (RFC 9068), proof (RFC 9449 §4.3), the proof's single use, and that the
 * session still lives on that device. Attacks T10, T11, T28.
 */
export function createAuthenticateOwner(context: IdentityContext): AuthenticateOwner {
  const check = checkRequest(context);

  async function reject(
    request: FastifyRequest,
    claims: AccessClaims | null,
    refusal: Refusal<OwnerRefusal>,
  ): Promise<Result<never, OwnerRefusal>> {
    const client = context.clientOf(request.raw);
    if (claims === null && !(await context.throttle.take(context.sql, 'badTokenIp', networkKey(client.ip)))) {
      return refuse('rate_limited', 'too many requests without a valid token');
    }
    const reason = EVENT_REASON[refusal.code];
    if (reason !== undefined) {
      await recordRejection(context, {
        reason,
        door: 'api',
        detail: refusal.code,
        client: eventClient({ ...client, deviceId: claims?.jkt ?? null, sessionId: claims?.sessionId ?? null }),
        accountId: claims?.accountId ?? null,
      });
    }
    return { ok: false, refusal };
  }

  return async (request) => {
    const { claims, result } = await check(request);
    if (!result.ok) return reject(request, claims, result.refusal);
    if (claims === null) throw new Error('a request whose proof was checked has claims');
    if (!(await claimProof(context.sql, result.value))) {
      return reject(request, claims, { code: 'dpop_replayed', message: 'this proof was used before; make one for each request' });
    }
    if (!(await sessionLives(context, claims))) {
      return refuse('session_ended', 'the session was ended; sign in again');
    }
    return succeed({
      kind: 'owner',
      accountId: claims.accountId,
      sessionId: claims.sessionId,
      deviceId: claims.jkt as DeviceId,
    });
  };
}
