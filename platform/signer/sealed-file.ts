import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { canonicalJson, OutsideError, type Redacted } from '../../core/index.ts';

/** OWASP Password Storage Cheat Sheet: scrypt with N = 2^17, r = 8, p = 1 (128 MiB, about 0.4 s). */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 } as const;
/** Shorter than this a passphrase is guessed offline; the file is written for the day it is stolen. */
const PASSPHRASE_LENGTH_MIN = 12;
/** A sealed secret is a seed or a key: 64 KiB is a hundred times that. */
const FILE_BYTES_MAX = 64 * 1024;

interface Envelope {
  readonly version: 1;
  readonly kind: string;
  readonly kdf: { readonly name: 'scrypt'; readonly n: number; readonly r: number; readonly p: number; readonly salt: string };
  /** SHA-256 of half of the derived bytes: tells a wrong passphrase from a damaged file. */
  readonly check: string;
  readonly cipher: { readonly name: 'aes-256-gcm'; readonly iv: string; readonly tag: string };
  readonly ciphertext: string;
}

function damaged(file: string, cause?: unknown): OutsideError {
  return new OutsideError('keystore_corrupt', `${file} is damaged: restore it from its backup`, { retryable: false, cause });
}

async function derive(passphrase: string, salt: Buffer): Promise<{ key: Buffer; check: Buffer }> {
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, 64, SCRYPT, (error, derived) =>
      error === null ? resolve(derived) : reject(error),
    );
  });
  return { key: bytes.subarray(0, 32), check: createHash('sha256').update(bytes.subarray(32)).digest() };
}

function header(envelope: Pick<Envelope, 'version' | 'kind' | 'kdf'>): Buffer {
  return Buffer.from(canonicalJson({ version: envelope.version, kind: envelope.kind, kdf: envelope.kdf }));
}

async function seal(kind: string, passphrase: string, secret: Buffer): Promise<Envelope> {
  const salt = randomBytes(32);
  const iv = randomBytes(12);
  const { key, check } = await derive(passphrase, salt);
  const kdf = { name: 'scrypt', n: SCRYPT.N, r: SCRYPT.r, p: SCRYPT.p, salt: salt.toString('base64') } as const;
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(header({ version: 1, kind, kdf }));
  const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
  return {
    version: 1,
    kind,
    kdf,
    check: check.toString('base64'),
    cipher: { name: 'aes-256-gcm', iv: iv.toString('base64'), tag: cipher.getAuthTag().toString('base64') },
    ciphertext: ciphertext.toString('base64'),
  };
}

function parseEnvelope(file: string, kind: string, text: string): Envelope {
  let envelope: Envelope;
  try {
    envelope = JSON.parse(text) as Envelope;
    const cost = envelope.kdf.n === SCRYPT.N && envelope.kdf.r === SCRYPT.r && envelope.kdf.p === SCRYPT.p;
    const known = envelope.version === 1 && envelope.kdf.name === 'scrypt' && envelope.cipher.name === 'aes-256-gcm' && cost;
    if (!known || typeof envelope.ciphertext !== 'string') throw new TypeError('not an envelope of this version');
  } catch (error) {
    throw damaged(file, error);
  }
  if (envelope.kind !== kind) {
    throw new OutsideError('keystore_kind_wrong', `${file} holds a ${envelope.kind}, not a ${kind}`, { retryable: false });
  }
  return envelope;
}

async function unseal(file: string, kind: string, passphrase: string): Promise<Buffer> {
  const envelope = parseEnvelope(file, kind, await readFile(file, 'utf8'));
  const { key, check } = await derive(passphrase, Buffer.from(envelope.kdf.salt, 'base64'));
  const expected = Buffer.from(envelope.check, 'base64');
  if (expected.length !== check.length) throw damaged(file);
  if (!timingSafeEqual(expected, check)) {
    throw new OutsideError('keystore_passphrase_wrong', `the passphrase does not open ${file}`, { retryable: false });
  }
  try {
    const tag = Buffer.from(envelope.cipher.tag, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(envelope.cipher.iv, 'base64'), { authTagLength: 16 });
    decipher.setAAD(header(envelope)).setAuthTag(tag);
    return Buffer.concat([decipher.update(Buffer.from(envelope.ciphertext, 'base64')), decipher.final()]);
  } catch (error) {
    throw damaged(file, error);
  }
}

async function exists(file: string): Promise<boolean> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new OutsideError('keystore_unreadable', `${file} cannot be read`, { retryable: false, cause: error });
  });
  if (found === null) return false;
  if ((found.mode & 0o077) !== 0) {
    throw new OutsideError('keystore_permissions', `${file} is open to other users: chmod 600 it`, { retryable: false });
  }
  if (found.size > FILE_BYTES_MAX) throw damaged(file);
  return true;
}

/** Syncs a folder, so that a name in it survives a loss of power. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a file that must not exist yet, whole or not at all; false when somebody else was first. */
async function writeOnce(file: string, text: string): Promise<boolean> {
  const draft = `${file}.${randomBytes(6).toString('hex')}.draft`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
  await syncDirectory(dirname(file));
  return true;
}

/**
 * The secret in `file`, encrypted with scrypt and AES-256-GCM; made by `create` when there is none yet.
 * Throws `keystore_passphrase_wrong`, `keystore_corrupt`, `keystore_permissions`, `keystore_kind_wrong`.
 */
export async function loadOrCreateSealed(options: {
  readonly file: string;
  readonly kind: string;
  readonly passphrase: Redacted<string>;
  create(): Buffer;
}): Promise<Buffer> {
  const passphrase = options.passphrase.reveal();
  if (passphrase.length < PASSPHRASE_LENGTH_MIN) {
    const message = `the passphrase of ${options.file} has at least ${PASSPHRASE_LENGTH_MIN} characters`;
    throw new OutsideError('keystore_passphrase_short', message, { retryable: false });
  }
  await mkdir(dirname(options.file), { recursive: true, mode: 0o700 });
  if (!(await exists(options.file))) {
    const secret = options.create();
    const envelope = await seal(options.kind, passphrase, secret);
    if (await writeOnce(options.file, `${JSON.stringify(envelope, null, 2)}\n`)) return secret;
  }
  return unseal(options.file, options.kind, passphrase);
}
