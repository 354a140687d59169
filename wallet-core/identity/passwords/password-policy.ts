import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { refuse, type Result, succeed } from '../../../core/index.ts';
import { IDENTITY_LIMITS } from '../limits.ts';

export type PasswordRefusal = 'password_too_short' | 'password_too_long' | 'password_common' | 'password_guessable';

/** What only this service's users would think of. */
const CONTEXT_WORDS = ['bulwark', 'wallet', 'crypto', 'bitcoin', 'ethereum', 'satoshi', 'hodl'];
/** zxcvbn score 2 is about 10^8 guesses: out of reach of an online attack that is throttled to some thousand a day. */
const SCORE_MIN = 2;

/** The estimate takes time cubic in length (200 ms at 128): a start that is strong enough makes the whole strong enough. */
const ESTIMATED_CHARACTERS = 40;

const strength = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, l33tMaxSubstitutions: 16 });
const common = new Set(dictionary['passwords-common']);

/**
 * The default profile of requirement A2 (NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 §6.2): any characters, no composition rule,
 * length in code points after NFKC, not common, not easily guessed from the person's own words.
 */
export function checkPassword(password: string, personal: readonly string[]): Result<string, PasswordRefusal> {
  const normal = password.normalize('NFKC');
  const length = Array.from(normal).length;
  if (length < IDENTITY_LIMITS.passwordLengthMin) {
    return refuse('password_too_short', `use at least ${IDENTITY_LIMITS.passwordLengthMin} characters`);
  }
  if (length > IDENTITY_LIMITS.passwordLengthMax) {
    return refuse('password_too_long', `use at most ${IDENTITY_LIMITS.passwordLengthMax} characters`);
  }
  if (common.has(normal.toLowerCase())) {
    return refuse('password_common', 'this password is on the lists attackers try first');
  }
  const words = [
    ...CONTEXT_WORDS,
    ...personal.flatMap((text) => [text, text.split('@')[0] ?? '', ...text.split(/[^\p{L}\p{N}]+/u)]),
  ];
  const { score } = strength.check(
    normal.slice(0, ESTIMATED_CHARACTERS),
    words.filter((word) => word.length > 2),
  );
  if (score < SCORE_MIN) {
    return refuse('password_guessable', 'this password is easy to guess; a few unrelated words make a good one');
  }
  return succeed(normal);
}
