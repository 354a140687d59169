import { hash, parseOptions, verify } from '@node-rs/argon2';
import { IDENTITY_LIMITS } from '../limits.ts';

export interface Argon2Parameters {
  /** KiB */
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

/** OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane. */
export const ARGON2_DEFAULT: Argon2Parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** With a null hash it verifies against a dummy and says false: an unknown account takes the same time as a known one. */
  verify(hash: string | null, password: string): Promise<boolean>;
  /** True for a hash made with other parameters than ours: hash the password again at this login. */
  isOutdated(hash: string): boolean;
}

/** Same text, same bytes, whatever keyboard typed it (NIST SP 800-63B-4 §3.1.1.2 asks for NFKC or NFC). */
function normalise(password: string): string {
  return password.normalize('NFKC');
}

/** Runs at most `limit` at once; the others wait in order. */
function createGate(limit: number): <Value>(work: () => Promise<Value>) => Promise<Value> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

export function createPasswordHasher(parameters: Argon2Parameters = ARGON2_DEFAULT): PasswordHasher {
  const gate = createGate(IDENTITY_LIMITS.passwordHashesAtOnce);
  // Argon2id is the library's default algorithm; its constant is a const enum, which type stripping cannot read.
  const options = { ...parameters };
  const dummy = gate(() => hash('no account has this password', options));
  return {
    hash: (password) => gate(() => hash(normalise(password), options)),
    async verify(stored, password) {
      const against = stored ?? (await dummy);
      // Longer ones were never accepted, and must not cost more than the longest that was.
      const bounded = normalise(password.slice(0, 2 * IDENTITY_LIMITS.passwordLengthMax));
      const matches = await gate(() => verify(against, bounded));
      return matches && stored !== null;
    },
    isOutdated(stored) {
      const made = parseOptions(stored);
      return (
        made.memoryCost !== parameters.memoryCost ||
        made.timeCost !== parameters.timeCost ||
        made.parallelism !== parameters.parallelism
      );
    },
  };
}
