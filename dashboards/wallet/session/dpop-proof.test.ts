import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { makeDeviceKey } from './device-key.ts';
import { makeProof, sha256Base64Url } from './dpop-proof.ts';

const claims = { method: 'POST', url: 'https://wallet.example/v1/me/withdrawals?x=1#y', nowMs: Date.now() };

describe('proofs of the device key', () => {
  it('carry what RFC 9449 asks for, signed by the key they name', async () => {
    const key = await makeDeviceKey();
    const proof = await makeProof(key, { ...claims, accessToken: 'token' });
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ['ES256'] });
    expect(payload).toMatchObject({
      htm: 'POST',
      htu: 'https://wallet.example/v1/me/withdrawals',
      ath: createHash('sha256').update('token').digest('base64url'),
      iat: Math.floor(claims.nowMs / 1_000),
    });
    expect(protectedHeader.jwk).toEqual(key.publicJwk);
    expect(Object.keys(protectedHeader.jwk ?? {}).toSorted()).toEqual(['crv', 'kty', 'x', 'y']);
    expect(await calculateJwkThumbprint(key.publicJwk)).toBe(key.thumbprint);
  });

  it('are never the same twice, and name no token where there is none', async () => {
    const key = await makeDeviceKey();
    const payloads = await Promise.all(
      [1, 2].map(async () => (await jwtVerify(await makeProof(key, claims), EmbeddedJWK)).payload),
    );
    expect(new Set(payloads.map((payload) => payload.jti)).size).toBe(2);
    expect(payloads.every((payload) => !('ath' in payload))).toBe(true);
  });

  it('come from a key that cannot be taken out of the browser', async () => {
    const { privateKey } = await makeDeviceKey();
    expect(privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('jwk', privateKey)).rejects.toThrow();
  });

  it('hash as PKCE does (RFC 7636 appendix B)', async () => {
    expect(await sha256Base64Url('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });
});
