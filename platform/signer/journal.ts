import { createHmac, timingSafeEqual } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { canonicalJson, OutsideError } from '../../core/index.ts';
import type { Hex } from '../chain/port.ts';

/** One signature given, or the promise never to give one. */
export type JournalEntry =
  | {
      readonly kind: 'signed';
      readonly withdrawal_id: string;
      readonly payload_hash: string;
      readonly request_hash: string;
      readonly asset: string;
      /** minor units */
      readonly amount: string;
      readonly chain_id: number;
      readonly nonce: number;
      /** wei per gas */
      readonly max_fee_per_gas: string;
      readonly max_priority_fee_per_gas: string;
      readonly raw_transaction: Hex;
      readonly hash: Hex;
      /** Unix milliseconds */
      readonly at: number;
    }
  | { readonly kind: 'abandoned'; readonly withdrawal_id: string; readonly at: number };

export interface Journal {
  /** In the order of writing. */
  readonly entries: readonly JournalEntry[];
  ofWithdrawal(id: string): readonly JournalEntry[];
  /** Whether a signature at this place of the hot wallet's sequence was ever given. */
  nonceTaken(chainId: number, nonce: number): boolean;
  /** Returns once the line is on the disk. */
  append(entry: JournalEntry): void;
  close(): void;
}

const GENESIS = '0'.repeat(64);

function macOf(key: Buffer, previous: string, entry: JournalEntry): string {
  return createHmac('sha256', key).update(previous).update(canonicalJson(entry)).digest('hex');
}

function corrupt(file: string, line: number): OutsideError {
  const message = `line ${line} of ${file} is not what the signer wrote: ceilings and double signing cannot be checked, so nothing is signed`;
  return new OutsideError('signer_journal_corrupt', message, { retryable: false });
}

function readLine(text: string, key: Buffer, previous: string): { entry: JournalEntry; mac: string } | null {
  let parsed: { readonly entry: JournalEntry; readonly mac?: unknown };
  try {
    parsed = JSON.parse(text) as typeof parsed;
  } catch {
    return null;
  }
  const mac = macOf(key, previous, parsed.entry);
  const found = Buffer.from(typeof parsed.mac === 'string' ? parsed.mac : '');
  const same = found.length === mac.length && timingSafeEqual(found, Buffer.from(mac));
  return same ? { entry: parsed.entry, mac } : null;
}

/**
 * The signer's own memory: a file of lines, each authenticated together with all before it. What was answered was on the disk
 * first. A half-written last line was never answered and is cut off; anything else wrong stops the signer.
 */
export function openJournal(file: string, key: Buffer): Journal {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const entries: JournalEntry[] = [];
  let previous = GENESIS;
  for (const [at, line] of whole.split('\n').slice(0, -1).entries()) {
    const read = readLine(line, key, previous);
    if (read === null) throw corrupt(file, at + 1);
    entries.push(read.entry);
    previous = read.mac;
  }
  const byWithdrawal = new Map<string, JournalEntry[]>();
  const nonces = new Set<string>();
  const index = (entry: JournalEntry): void => {
    byWithdrawal.set(entry.withdrawal_id, [...(byWithdrawal.get(entry.withdrawal_id) ?? []), entry]);
    if (entry.kind === 'signed') nonces.add(`${entry.chain_id}:${entry.nonce}`);
  };
  for (const entry of entries) index(entry);
  const handle = openSync(file, 'a', 0o600);
  ftruncateSync(handle, Buffer.byteLength(whole));
  fsyncSync(handle);
  const directory = openSync(dirname(file), 'r');
  fsyncSync(directory);
  closeSync(directory);
  return {
    entries,
    ofWithdrawal: (id) => byWithdrawal.get(id) ?? [],
    nonceTaken: (chainId, nonce) => nonces.has(`${chainId}:${nonce}`),
    append(entry) {
      const mac = macOf(key, previous, entry);
      const line = Buffer.from(`${JSON.stringify({ entry, mac })}\n`);
      // A short write would leave half a line before the next one: it is a full disk, and the process dies of it.
      if (writeSync(handle, line) !== line.length) throw new Error('the journal of the signer could not be written');
      fsyncSync(handle);
      previous = mac;
      entries.push(entry);
      index(entry);
    },
    close: () => closeSync(handle),
  };
}
