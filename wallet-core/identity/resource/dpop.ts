import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, errors, type JWTPayload, jwtVerify } from 'jose';
import { refuse, type Result, succeed } from '../../../core/index.ts';
import type { SqlExecutor } from '../../../platform/sql/port.ts';
import type { IdentityContext } from '../context.ts';
import { IDENTITY_LIMITS } from '../limits.ts';

export type DpopRefusal = 'dpop_missing' | 'dpop_invalid' | 'dpop_expired' | 'dpop_replayed';

export interface DpopProof {
  /** RFC 7638 thumbprint of the key that signed the proof. */
  readonly jkt: string;
  readonly jti: string;
  readonly iatMs: number;
}

/** Without query and fragment, normalised (RFC 9449 §4.3 step 9); null for what is no URL. */
function bareUrl(text: unknown): string | null {
  const url = typeof text === 'string' ? URL.parse(text) : null;
  if (url === null) return null;
  url.search = '';
  url.hash = '';
  return url.href;
}

function checkClaims(
  context: IdentityContext,
  payload: JWTPayload,
  expected: { readonly method: string; readonly url: string; readonly accessToken: string },
): Result<{ jti: string; iatMs: number }, DpopRefusal> {
  const { jti, iat } = payload;
  if (typeof jti !== 'string' || jti.length === 0 || jti.length > IDENTITY_LIMITS.dpopJtiMax) {
    return refuse('dpop_invalid', `a proof has a jti of 1 to ${IDENTITY_LIMITS.dpopJtiMax} characters`);
  }
  if (payload['htm'] !== expected.method || bareUrl(payload['htu']) !== bareUrl(expected.url)) {
    return refuse('dpop_invalid', 'the proof is for another method or URL');
  }
  if (payload['ath'] !== createHash('sha256').update(expected.accessToken).digest('base64url')) {
    return refuse('dpop_invalid', 'the proof is for another access token');
  }
  if (typeof iat !== 'number') return refuse('dpop_invalid', 'a proof has an iat');
  const iatMs = iat * 1_000;
  if (Math.abs(context.clock.now() - iatMs) > IDENTITY_LIMITS.dpopSkewMs) {
    return refuse('dpop_expired', 'the proof was not made just now by the server’s clock');
  }
  return succeed({ jti, iatMs });
}

/** Checks a DPoP proof (RFC 9449 §4.3) but does not claim it: `claimProof` does, once everything else is right. */
export async function checkProof(
  context: IdentityContext,
  proof: string | string[] | undefined,
  expected: { readonly method: string; readonly url: string; readonly accessToken: string },
): Promise<Result<DpopProof, DpopRefusal>> {
  if (typeof proof !== 'string') return refuse('dpop_missing', 'the request needs one DPoP header');
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256', 'EdDSA', 'Ed25519'],
      currentDate: context.now(),
    });
    const claims = checkClaims(context, payload, expected);
    if (!claims.ok) return claims;
    if (protectedHeader.jwk === undefined) return refuse('dpop_invalid', 'the proof carries no key');
    return succeed({ ...claims.value, jkt: await calculateJwkThumbprint(protectedHeader.jwk) });
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) {
      return refuse('dpop_invalid', 'the DPoP proof does not verify');
    }
    throw error;
  }
}

/** Claims (jkt, jti) by a unique insert: of any number of requests with one proof, on any number of instances, one passes (attack T11). */
export async function claimProof(executor: SqlExecutor, proof: DpopProof): Promise<boolean> {
  const rows = await executor.query(
    'insert into identity.dpop_proof (jkt, jti, expires_at) values ($1, $2, $3) on conflict do nothing returning jti',
    [proof.jkt, proof.jti, new Date(proof.iatMs + 2 * IDENTITY_LIMITS.dpopSkewMs)],
  );
  return rows.length > 0;
}
