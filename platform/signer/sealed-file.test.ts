import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyIdOf, Redacted, verifyStatement } from '../../core/index.ts';
import { loadOrCreateSealed } from './sealed-file.ts';
import { loadOrCreateSigningKey } from './signing-key.ts';

const passphrase = new Redacted('correct horse battery staple');
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bulwark-sealed-'));
});
afterAll(() => rm(directory, { recursive: true }));

test('the key of a file is the same on every load, also when two make it at once', async () => {
  const file = join(directory, 'verdict-key.json');
  const [left, right] = await Promise.all([
    loadOrCreateSigningKey({ file, passphrase }),
    loadOrCreateSigningKey({ file, passphrase }),
  ]);
  expect(left.keyId).toBe(right.keyId);
  const key = createPublicKey(left.publicKeyPem);
  expect(keyIdOf(key)).toBe(left.keyId);
  expect(verifyStatement(right.signer.sign({ a: 1 }), new Map([[left.keyId, key]]))).toEqual({ ok: true, value: { a: 1 } });
  expect(await readFile(file, 'utf8')).not.toContain('PRIVATE KEY');
  expect(JSON.stringify(left)).not.toContain('PRIVATE KEY');
});

test('a wrong passphrase, damage, another kind and loose permissions are told apart', async () => {
  const file = join(directory, 'secret.json');
  const load = (secret = passphrase, kind = 'test'): Promise<Buffer> =>
    loadOrCreateSealed({ file, kind, passphrase: secret, create: () => Buffer.from('the secret') });
  expect((await load()).toString()).toBe('the secret');
  await expect(load(new Redacted('another passphrase'))).rejects.toMatchObject({ code: 'keystore_passphrase_wrong' });
  await expect(load(passphrase, 'other')).rejects.toMatchObject({ code: 'keystore_kind_wrong' });
  const whole = await readFile(file, 'utf8');
  const envelope = JSON.parse(whole) as { ciphertext: string; kind: string };
  await writeFile(file, JSON.stringify({ ...envelope, ciphertext: Buffer.from('another one').toString('base64') }));
  await expect(load()).rejects.toMatchObject({ code: 'keystore_corrupt' });
  await writeFile(file, JSON.stringify({ ...envelope, kind: 'renamed' }));
  await expect(load(passphrase, 'renamed')).rejects.toMatchObject({ code: 'keystore_corrupt' });
  await writeFile(file, whole.slice(0, 100));
  await expect(load()).rejects.toMatchObject({ code: 'keystore_corrupt' });
  await writeFile(file, whole);
  await chmod(file, 0o644);
  await expect(load()).rejects.toMatchObject({ code: 'keystore_permissions' });
});
