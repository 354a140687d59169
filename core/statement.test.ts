import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson, hashJson } from './canonical.ts';
import { uuidV7, isUuid } from './ids.ts';
import { OUTCOMES, stricter } from './outcome.ts';
import { Redacted } from './redacted.ts';
import { keyIdOf, statementSigner, verifyStatement } from './statement.ts';

const pair = () =>
  generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });

describe('statements', () => {
  const keys = pair();
  const publicKey = createPublicKey(keys.publicKey);
  const trusted = new Map([[keyIdOf(publicKey), publicKey]]);
  const statement = statementSigner(keys.privateKey).sign({ b: 1, a: ['x', null] });

  it('hold whatever the order of properties, and for no other body or key', () => {
    expect(verifyStatement({ ...statement, body: { a: ['x', null], b: 1 } }, trusted).ok).toBe(true);
    expect(verifyStatement({ ...statement, body: { b: 2, a: ['x', null] } }, trusted)).toMatchObject({
      refusal: { code: 'statement_signature_invalid' },
    });
    expect(verifyStatement(statementSigner(pair().privateKey).sign(statement.body), trusted)).toMatchObject({
      refusal: { code: 'statement_key_unknown' },
    });
  });

  it('are the same when signed on another thread', async () => {
    const signer = statementSigner(keys.privateKey);
    expect(await signer.signCanonical(statement.body, canonicalJson(statement.body))).toEqual(statement);
  });

  it('are refused, not thrown, where the body has no canonical form', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    for (const body of ['{"a":"\\ud800"}', deep]) {
      const forged = { body: JSON.parse(body) as unknown, key_id: statement.key_id, signature: statement.signature };
      expect(verifyStatement(forged, trusted)).toMatchObject({ refusal: { code: 'statement_signature_invalid' } });
    }
  });

  it('are made with Ed25519 alone', () => {
    const rsa = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    expect(() => statementSigner(rsa.privateKey)).toThrow(TypeError);
  });
});

describe('canonical JSON', () => {
  it('spells numbers and keys as RFC 8785 does', () => {
    expect(canonicalJson({ b: 1e21, a: 0.000001, '\u20ac': 'x' })).toBe('{"a":0.000001,"b":1e+21,"€":"x"}');
    expect(hashJson({ b: 1, a: 2 })).toBe(hashJson({ a: 2, b: 1 }));
  });
});

describe('small words', () => {
  it('UUIDv7 sorts by time and has the version and variant of RFC 9562', () => {
    const at = (now: number) => uuidV7({ now: () => now }, { bytes: (length) => new Uint8Array(length).fill(255) });
    expect(at(1)).toBe('00000000-0001-7fff-bfff-ffffffffffff');
    expect(isUuid(at(2))).toBe(true);
    expect(at(2 ** 40) > at(2 ** 40 - 1)).toBe(true);
  });

  it('keep the precedence freeze > deny > hold > challenge > allow', () => {
    for (const [index, outcome] of OUTCOMES.entries()) {
      for (const milder of OUTCOMES.slice(0, index))
        expect([stricter(outcome, milder), stricter(milder, outcome)]).toEqual([outcome, outcome]);
    }
  });

  it('never print a secret', () => {
    const secret = new Redacted('hunter2');
    expect(`${String(secret)} ${JSON.stringify({ secret })}`).toBe('[redacted] {"secret":"[redacted]"}');
    expect(secret.reveal()).toBe('hunter2');
  });
});
