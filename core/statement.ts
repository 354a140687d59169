import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { canonicalJson } from './canonical.ts';
import { refuse, type Result, succeed } from './result.ts';

const signOnThread = promisify(sign);

/** A body and who vouches for it: Ed25519 (RFC 8032) over the RFC 8785 form of `body`. Verdicts and step-up proofs are statements. */
export interface Statement<Body> {
  readonly body: Body;
  readonly key_id: string;
  /** base64url */
  readonly signature: string;
}

export interface StatementSigner {
  readonly keyId: string;
  sign<Body>(body: Body): Statement<Body>;
  /** The same on another thread, for a body whose canonical form the caller has made already: `canonical` is `canonicalJson(body)`. */
  signCanonical<Body>(body: Body, canonical: string): Promise<Statement<Body>>;
}

/** First 16 hex digits of the SHA-256 of the public key's SubjectPublicKeyInfo in DER. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
}

/** Signs statements with an Ed25519 private key in PKCS#8 PEM. The key lives in the closure. */
export function statementSigner(privateKeyPem: string): StatementSigner {
  const privateKey = createPrivateKey(privateKeyPem);
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new TypeError('statements are signed with an Ed25519 key');
  const keyId = keyIdOf(createPublicKey(privateKey));
  return {
    keyId,
    sign(body) {
      const signature = sign(null, Buffer.from(canonicalJson(body)), privateKey).toString('base64url');
      return { body, key_id: keyId, signature };
    },
    async signCanonical(body, canonical) {
      const signature = await signOnThread(null, Buffer.from(canonical), privateKey);
      return { body, key_id: keyId, signature: signature.toString('base64url') };
    },
  };
}

/** Null for what has no canonical form (half of a surrogate pair, a depth that exhausts the stack): nobody can have signed it. */
function canonicalBytes(body: unknown): Buffer | null {
  try {
    return Buffer.from(canonicalJson(body));
  } catch {
    return null;
  }
}

/** Checks a statement against the trusted keys (by key id). Time and meaning are the caller's to check. */
export function verifyStatement<Body>(
  statement: Statement<Body>,
  trusted: ReadonlyMap<string, KeyObject>,
): Result<Body, 'statement_key_unknown' | 'statement_signature_invalid'> {
  const key = trusted.get(statement.key_id);
  if (key === undefined) return refuse('statement_key_unknown', `no trusted key has the id ${statement.key_id}`);
  const bytes = canonicalBytes(statement.body);
  if (bytes === null || !verify(null, bytes, key, Buffer.from(statement.signature, 'base64url'))) {
    return refuse('statement_signature_invalid', 'the signature does not match the body');
  }
  return succeed(statement.body);
}
