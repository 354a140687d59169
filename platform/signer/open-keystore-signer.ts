import { mkdir, realpath } from 'node:fs/promises';
import { OutsideError, type Redacted } from '../../core/index.ts';
import type { SignerAsset } from './evidence.ts';
import type { AbandonAnswer, SignAnswer, Signer } from './port.ts';
import type { SignerCall, SignerSetup } from './protocol.ts';
import { type SignerProcess, startSignerProcess } from './signer-process.ts';

export interface KeystoreSignerOptions {
  /** Holds `keystore.json` (made on first start), `journal.jsonl` and a lock. Its backup is the hot wallet. */
  readonly directory: string;
  readonly passphrase: Redacted<string>;
  /** Ed25519 public keys, SubjectPublicKeyInfo in PEM. */
  readonly trustedVerdictKeys: readonly string[];
  readonly trustedStepUpKeys: readonly string[];
  /** What may be signed at all, and how much of it. */
  readonly assets: readonly SignerAsset[];
  /** For the line it prints of itself: why this adapter. */
  readonly why: string;
}

/**
 * The hot wallet as an encrypted keystore in a process of its own. No private key enters the calling process. A signer that dies is
 * started again by the next call. Throws OutsideError: `keystore_passphrase_wrong`, `keystore_corrupt`, `keystore_permissions`,
 * `signer_journal_corrupt`, `signer_directory_in_use`, `signer_down` (retryable).
 */
export async function openKeystoreSigner(options: KeystoreSignerOptions): Promise<Signer> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const setup: SignerSetup = {
    kind: 'setup',
    directory: await realpath(options.directory),
    passphrase: options.passphrase.reveal(),
    verdictKeys: options.trustedVerdictKeys,
    stepUpKeys: options.trustedStepUpKeys,
    assets: options.assets,
  };
  const first = await startSignerProcess(setup);
  const { address, depositXpub } = first;
  let current: Promise<SignerProcess> = Promise.resolve(first);
  let closed = false;

  async function running(): Promise<SignerProcess> {
    if (closed) throw new OutsideError('signer_closed', 'the signer is closed', { retryable: false });
    const before = current;
    const life = await before.catch(() => null);
    if (life?.alive() === true) return life;
    // Whoever sees the death first starts the next life; the others wait for the same one.
    if (current === before) current = startSignerProcess(setup);
    const next = await current;
    if (next.address !== address) throw new Error('the keystore changed under the signer');
    return next;
  }

  const call = async (message: SignerCall): Promise<SignAnswer | AbandonAnswer> => (await running()).call(message);

  return {
    description: {
      port: 'signer',
      adapter: 'encrypted keystore, own process',
      durable: true,
      developmentOnly: false,
      why: options.why,
    },
    address,
    depositXpub,
    sign: async (request) => (await call({ kind: 'sign', request })) as SignAnswer,
    abandon: async (withdrawalId) => (await call({ kind: 'abandon', withdrawalId })) as AbandonAnswer,
    async close() {
      closed = true;
      const life = await current.catch(() => null);
      await life?.stop();
    },
  };
}
