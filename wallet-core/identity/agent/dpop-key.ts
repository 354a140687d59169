import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Clock } from '../../../core/index.ts';

/** The key a device holds, and the proofs it makes with it (RFC 9449). */
export interface DpopKey {
  /** RFC 7638 thumbprint: the device id. */
  readonly jkt: string;
  proof(claims: {
    readonly method: string;
    readonly url: string;
    readonly accessToken?: string;
    /** Seconds to lie about the time, for misuse. */
    readonly skewSeconds?: number;
  }): Promise<string>;
}

export async function createDpopKey(clock: Clock): Promise<DpopKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return {
    jkt: await calculateJwkThumbprint(jwk),
    proof({ method, url, accessToken, skewSeconds = 0 }) {
      const bare = new URL(url);
      bare.search = '';
      bare.hash = '';
      const ath = accessToken === undefined ? {} : { ath: createHash('sha256').update(accessToken).digest('base64url') };
      return new SignJWT({ htm: method, htu: bare.href, jti: crypto.randomUUID(), ...ath })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        .setIssuedAt(Math.floor(clock.now() / 1_000) + skewSeconds)
        .sign(privateKey);
    },
  };
}
