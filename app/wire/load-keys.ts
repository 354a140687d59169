import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redacted } from '../../core/index.ts';
import { loadOrCreateSealed, loadOrCreateSigningKey, type SigningKey } from '../../platform/signer/index.ts';
import type { IdentityKeys } from '../../wallet-core/identity/index.ts';
import type { Config } from '../config/read-config.ts';

/** Every key of the program, opened once at start; on disk each is sealed with the passphrase. */
export interface Keys {
  readonly passphrase: Redacted<string>;
  /** The engine signs verdicts with it; the wallet and the signer trust it. */
  readonly verdict: SigningKey;
  /** The step-up service vouches with it for a passed challenge; the signer trusts it. */
  readonly stepUp: SigningKey;
  /** Checkpoints of the audit log. */
  readonly audit: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly identity: IdentityKeys;
}

interface IdentitySecrets {
  readonly cookieSecret: string;
  readonly jwk: Record<string, unknown>;
  readonly pepper: string;
  readonly totpKey: string;
}

/** For development the passphrase lies beside what it opens, which protects a stolen backup of neither; production refuses that. */
async function developmentPassphrase(directory: string): Promise<Redacted<string>> {
  const file = join(directory, 'passphrase');
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, randomBytes(32).toString('base64url'), { mode: 0o600 });
  // A link fails where the file exists: of two first starts at once, one passphrase stays.
  await link(draft, file).catch(() => undefined);
  await rm(draft);
  return new Redacted(await readFile(file, 'utf8'));
}

const secret = (): string => randomBytes(32).toString('base64url');

function createIdentitySecrets(): Buffer {
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const secrets: IdentitySecrets = {
    cookieSecret: secret(),
    jwk: { ...jwk, alg: 'ES256', use: 'sig', kid: randomBytes(8).toString('hex') },
    pepper: secret(),
    totpKey: secret(),
  };
  return Buffer.from(JSON.stringify(secrets));
}

async function loadIdentityKeys(file: string, passphrase: Redacted<string>): Promise<IdentityKeys> {
  const sealed = await loadOrCreateSealed({ file, passphrase, kind: 'identity-secrets', create: createIdentitySecrets });
  const secrets = JSON.parse(sealed.toString('utf8')) as IdentitySecrets;
  return {
    cookieSecrets: [new Redacted(secrets.cookieSecret)],
    jwks: new Redacted({ keys: [secrets.jwk] }),
    identifierPepper: new Redacted(secrets.pepper),
    totpKey: new Redacted(Buffer.from(secrets.totpKey, 'base64url')),
  };
}

/** Opens the keys in `<data>/keys`, making them on the first start. Throws OutsideError for a wrong passphrase or a damaged file. */
export async function loadKeys(config: Config): Promise<Keys> {
  const directory = join(config.dataDirectory, 'keys');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const passphrase = config.keystorePassphrase ?? (await developmentPassphrase(directory));
  const key = (name: string): Promise<SigningKey> =>
    loadOrCreateSigningKey({ file: join(directory, `${name}.json`), passphrase });
  const [verdict, stepUp, audit, identity] = await Promise.all([
    key('verdict'),
    key('step-up'),
    key('audit'),
    loadIdentityKeys(join(directory, 'identity.json'), passphrase),
  ]);
  const privateKey = createPrivateKey(audit.privateKeyPem.reveal());
  return { passphrase, verdict, stepUp, audit: { privateKey, publicKey: createPublicKey(privateKey) }, identity };
}

/** The verdict keys that are believed, by key id. */
export function trustedVerdictKeys(keys: Keys): ReadonlyMap<string, KeyObject> {
  return new Map([[keys.verdict.keyId, createPublicKey(keys.verdict.publicKeyPem)]]);
}
