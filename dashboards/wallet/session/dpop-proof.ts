import { SignJWT } from 'jose';
import type { DeviceKey } from './device-key.ts';

export interface ProofClaims {
  readonly method: string;
  /** Absolute; query and fragment are left out of the proof (RFC 9449 §4.2). */
  readonly url: string;
  /** Milliseconds since the epoch by the server's clock. */
  readonly nowMs: number;
  /** Bound by its hash where the request carries one. */
  readonly accessToken?: string;
}

export async function sha256Base64Url(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return btoa(String.fromCharCode(...digest))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

/** A proof that this request comes from the device that holds the key (RFC 9449). Good once. */
export async function makeProof(key: Pick<DeviceKey, 'privateKey' | 'publicJwk'>, claims: ProofClaims): Promise<string> {
  const bare = new URL(claims.url);
  bare.search = '';
  bare.hash = '';
  const ath = claims.accessToken === undefined ? {} : { ath: await sha256Base64Url(claims.accessToken) };
  return new SignJWT({ htm: claims.method, htu: bare.href, jti: crypto.randomUUID(), ...ath })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk })
    .setIssuedAt(Math.floor(claims.nowMs / 1_000))
    .sign(key.privateKey);
}
