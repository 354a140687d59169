import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { Redacted, type StatementSigner, statementSigner } from '../../core/index.ts';
import { loadOrCreateSealed } from './sealed-file.ts';

export interface SigningKey {
  /** First 16 hex digits of the SHA-256 of the public key in DER. */
  readonly keyId: string;
  /** SubjectPublicKeyInfo */
  readonly publicKeyPem: string;
  /** PKCS#8 */
  readonly privateKeyPem: Redacted<string>;
  readonly signer: StatementSigner;
}

/**
 * The Ed25519 key in `file` (PKCS#8 inside a scrypt + AES-256-GCM envelope, mode 0600), made on first use.
 * Throws OutsideError: `keystore_passphrase_wrong`, `keystore_corrupt`, `keystore_permissions`, `keystore_passphrase_short`.
 */
export async function loadOrCreateSigningKey(options: {
  readonly file: string;
  readonly passphrase: Redacted<string>;
}): Promise<SigningKey> {
  const secret = await loadOrCreateSealed({
    ...options,
    kind: 'ed25519-key',
    create: () => Buffer.from(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
  });
  const pem = secret.toString('utf8');
  const signer = statementSigner(pem);
  const publicKeyPem = createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'pem' }).toString();
  return { keyId: signer.keyId, publicKeyPem, privateKeyPem: new Redacted(pem), signer };
}
