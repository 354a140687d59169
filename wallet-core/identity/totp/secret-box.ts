import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random, Redacted } from '../../../core/index.ts';

/** Encrypts small secrets at rest: AES-256-GCM, a random 96-bit nonce, the owner's id as associated data. */
export interface SecretBox {
  close(plain: string, owner: string): Buffer;
  /** Throws when the box was made for another owner, under another key, or was changed. */
  open(box: Buffer, owner: string): string;
}

const NONCE = 12;
const TAG = 16;

export function createSecretBox(key: Redacted<Buffer>, random: Random): SecretBox {
  if (key.reveal().length !== 32) throw new TypeError('the key of the secret box has 32 bytes');
  return {
    close(plain, owner) {
      const nonce = random.bytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', key.reveal(), nonce).setAAD(Buffer.from(owner));
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    open(box, owner) {
      const decipher = createDecipheriv('aes-256-gcm', key.reveal(), box.subarray(0, NONCE))
        .setAAD(Buffer.from(owner))
        .setAuthTag(box.subarray(NONCE, NONCE + TAG));
      return Buffer.concat([decipher.update(box.subarray(NONCE + TAG)), decipher.final()]).toString('utf8');
    },
  };
}
