import { createPublicKey, type KeyObject } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { keyIdOf, OutsideError, Redacted } from '../../core/index.ts';
import { systemClock } from '../clock/index.ts';
import { lockDirectory } from './directory-lock.ts';
import { type HotWallet, openHotWallet } from './hot-wallet.ts';
import { openJournal } from './journal.ts';
import type { FromSigner, SignerSetup, ToSigner } from './protocol.ts';
import { createSigningCore, type SigningCore } from './signing-core.ts';

/** The process that holds the hot key. It listens to its parent alone, opens no socket, and ends with its parent. */

function send(message: FromSigner): void {
  // A parent that is gone cannot be told; `disconnect` ends this process.
  process.send?.(message, undefined, undefined, () => undefined);
}

function keysById(pems: readonly string[]): Map<string, KeyObject> {
  return new Map(
    pems.map((pem) => {
      const key = createPublicKey(pem);
      if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('trusted keys are Ed25519 keys');
      return [keyIdOf(key), key];
    }),
  );
}

// Kept for the life of the process: node:sqlite closes a database that is collected, and its lock with it.
let lock: { release(): void } | null = null;

async function open(setup: SignerSetup): Promise<{ opened: SigningCore; wallet: HotWallet }> {
  await mkdir(setup.directory, { recursive: true, mode: 0o700 });
  lock = lockDirectory(setup.directory);
  const trust = {
    verdictKeys: keysById(setup.verdictKeys),
    stepUpKeys: keysById(setup.stepUpKeys),
    assets: new Map(setup.assets.map((asset) => [asset.id, asset])),
  };
  const wallet = await openHotWallet(setup.directory, new Redacted(setup.passphrase));
  const journal = openJournal(join(setup.directory, 'journal.jsonl'), wallet.journalKey);
  return { opened: createSigningCore({ wallet, journal, trust, clock: systemClock }), wallet };
}

function fail(error: unknown): void {
  const failure =
    error instanceof OutsideError
      ? { code: error.code, message: error.message, retryable: error.retryable }
      : { code: 'signer_failed', message: error instanceof Error ? error.message : 'unknown', retryable: false };
  process.send?.({ kind: 'failed', failure } satisfies FromSigner, undefined, undefined, () => process.exit(1));
}

let core: SigningCore | null = null;

async function start(setup: SignerSetup): Promise<void> {
  try {
    const { opened, wallet } = await open(setup);
    core = opened;
    send({ kind: 'ready', address: wallet.address, depositXpub: wallet.depositXpub });
  } catch (error) {
    fail(error);
  }
}

process.on('disconnect', () => {
  lock?.release();
  process.exit(0);
});
// Ctrl-C reaches the whole group; the parent decides when its signer ends.
process.on('SIGINT', () => undefined);
process.on('message', (message: ToSigner) => {
  if (message.kind === 'setup') {
    void start(message);
    return;
  }
  if (core === null) throw new Error('a call came before the signer was ready');
  const answer = message.kind === 'sign' ? core.sign(message.request) : core.abandon(message.withdrawalId);
  send({ kind: 'answer', id: message.id, answer });
});
