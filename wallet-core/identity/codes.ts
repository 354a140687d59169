import type { Random } from '../../core/index.ts';

const CODES = 1_000_000;
/** The largest multiple of a million under 2^32: above it a number is drawn again, so each code is as likely as any other. */
const FAIR_BELOW = Math.floor(2 ** 32 / CODES) * CODES;

/** Six random digits. */
export function newCode(random: Random): string {
  for (;;) {
    const drawn = Buffer.from(random.bytes(4)).readUInt32BE(0);
    if (drawn < FAIR_BELOW) return (drawn % CODES).toString().padStart(6, '0');
  }
}

/** 256 random bits, base64url: an opaque token. */
export function newToken(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('base64url');
}
