import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { HDNodeWallet, Mnemonic, type SigningKey } from 'ethers';
import type { Redacted } from '../../core/index.ts';
import type { Hex } from '../chain/port.ts';
import { loadOrCreateSealed } from './sealed-file.ts';

/** BIP-44 paths. The hot key stands on an account of its own, so that the deposit xpub says nothing about it. */
export const DEPOSIT_ACCOUNT_PATH = "m/44'/60'/0'";
export const HOT_KEY_PATH = "m/44'/60'/1'/0/0";

/** 256 bits: a BIP-39 phrase of 24 words. */
const ENTROPY_BYTES = 32;

export interface HotWallet {
  /** lower case */
  readonly address: Hex;
  readonly depositXpub: string;
  readonly signingKey: SigningKey;
  /** Authenticates the journal; derived from the seed, so it needs no file. */
  readonly journalKey: Buffer;
}

/** Opens the encrypted seed in `directory`, made on first start. Runs in the signer's process alone. */
export async function openHotWallet(directory: string, passphrase: Redacted<string>): Promise<HotWallet> {
  const entropy = await loadOrCreateSealed({
    file: join(directory, 'keystore.json'),
    kind: 'bip39-seed',
    passphrase,
    create: () => randomBytes(ENTROPY_BYTES),
  });
  const mnemonic = Mnemonic.fromEntropy(entropy);
  const hot = HDNodeWallet.fromMnemonic(mnemonic, HOT_KEY_PATH);
  const journal = HDNodeWallet.fromMnemonic(mnemonic, "m/44'/60'/2'/0/0");
  return {
    address: hot.address.toLowerCase() as Hex,
    depositXpub: HDNodeWallet.fromMnemonic(mnemonic, DEPOSIT_ACCOUNT_PATH).neuter().extendedKey,
    signingKey: hot.signingKey,
    journalKey: Buffer.from(journal.privateKey.slice(2), 'hex'),
  };
}
