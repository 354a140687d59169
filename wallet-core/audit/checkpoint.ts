import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import { refuse, type Result, succeed } from '../../core/index.ts';

/** The state of the tree that a signed checkpoint commits to. */
export interface Checkpoint {
  readonly size: number;
  /** 32 bytes */
  readonly root: Buffer;
}

/** Name of the log in its checkpoints; witnesses tell logs apart by it. */
export const LOG_ORIGIN = 'bulwark/audit';

/** C2SP signed-note: type byte 0x01 is Ed25519. */
const ED25519_TYPE = Buffer.of(1);

function rawPublicKey(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
}

/** C2SP signed-note key id: SHA-256(name ‖ "\n" ‖ type ‖ public key)[:4]. */
function noteKeyId(publicKey: KeyObject): Buffer {
  return createHash('sha256')
    .update(`${LOG_ORIGIN}\n`)
    .update(ED25519_TYPE)
    .update(rawPublicKey(publicKey))
    .digest()
    .subarray(0, 4);
}

/** A checkpoint in the C2SP tlog-checkpoint format (origin, size, base64 root), signed as a C2SP signed note. */
export function signCheckpoint(checkpoint: Checkpoint, keys: { privateKey: KeyObject; publicKey: KeyObject }): string {
  const text = `${LOG_ORIGIN}\n${checkpoint.size}\n${checkpoint.root.toString('base64')}\n`;
  const signature = Buffer.concat([noteKeyId(keys.publicKey), sign(null, Buffer.from(text), keys.privateKey)]);
  return `${text}\n— ${LOG_ORIGIN} ${signature.toString('base64')}\n`;
}

/** Reads a signed checkpoint and checks its signature. */
export function openCheckpoint(
  note: string,
  publicKey: KeyObject,
): Result<Checkpoint, 'checkpoint_malformed' | 'checkpoint_signature_invalid'> {
  const match = /^(bulwark\/audit\n(\d{1,15})\n([A-Za-z0-9+/]{43}=)\n)\n— bulwark\/audit ([A-Za-z0-9+/=]+)\n$/.exec(note);
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined || match[4] === undefined) {
    return refuse('checkpoint_malformed', 'a checkpoint is three lines (origin, size, root), an empty one and a signature line');
  }
  const signature = Buffer.from(match[4], 'base64');
  const fits =
    signature.subarray(0, 4).equals(noteKeyId(publicKey)) &&
    verify(null, Buffer.from(match[1]), publicKey, signature.subarray(4));
  if (!fits) return refuse('checkpoint_signature_invalid', 'the checkpoint was not signed by this log’s key');
  return succeed({ size: Number(match[2]), root: Buffer.from(match[3], 'base64') });
}
