import type { Brand } from './brand.ts';
import { refuse, type Result, succeed } from './result.ts';

/**
 * CAIP-19 asset id: `eip155:31337/slip44:60` is the native coin of chain 31337,
 * `eip155:31337/erc20:0xAbC…` (EIP-55 spelling) a token on it, `iso4217:USD` fiat money.
 */
export type AssetId = Brand<string, 'AssetId'>;

/** A whole number of an asset's smallest unit (wei, cent). Never a JavaScript number. */
export type Minor = bigint;

/** US cents, a whole safe number. For judging risk only: nobody is ever paid out of this type. */
export type UsdCents = Brand<number, 'UsdCents'>;

/** What the ledger and the screens must know of an asset. */
export interface Asset {
  readonly id: AssetId;
  readonly symbol: string;
  /** Digits after the decimal point: 18 for ether. Pinned here, re-read from the chain by the deposit verifier. */
  readonly decimals: number;
}

/** uint256 has at most 78 decimal digits; storage is numeric(78,0) and UInt256. */
export const MINOR_DIGITS_MAX = 78;
export const MINOR_MAX: Minor = 2n ** 256n - 1n;
/** The JSON-schema pattern of money on the wire: whole minor units, no sign, exponent, point or leading zero (attack F09). */
export const MINOR_PATTERN = '^(0|[1-9][0-9]{0,77})$';

const WIRE = new RegExp(MINOR_PATTERN);

/** Reads money from the wire. Refuses numbers, signs, exponents, points, leading zeros and what exceeds uint256. */
export function parseMinor(wire: unknown): Result<Minor, 'amount_malformed' | 'amount_too_large'> {
  if (typeof wire !== 'string' || !WIRE.test(wire)) {
    return refuse('amount_malformed', 'an amount is a string of decimal digits in the smallest unit, such as "1500000"');
  }
  const amount = BigInt(wire);
  if (amount > MINOR_MAX) return refuse('amount_too_large', 'an amount is at most 2^256 - 1');
  return succeed(amount);
}

/** Reads what a person typed ("0.25") into minor units; refuses more digits after the point than the asset has. */
export function parseDecimal(text: string, decimals: number): Result<Minor, 'amount_malformed' | 'amount_too_large'> {
  const match = /^(0|[1-9]\d{0,77})(?:\.(\d+))?$/.exec(text);
  const fraction = match?.[2] ?? '';
  if (match?.[1] === undefined || fraction.length > decimals) {
    return refuse('amount_malformed', `an amount has digits, and at most ${decimals} of them after a point`);
  }
  return parseMinor(`${match[1]}${fraction.padEnd(decimals, '0')}`.replace(/^0+(?=\d)/, ''));
}

/** Minor units as a plain decimal: `formatDecimal(1500000n, 6)` is "1.5". */
export function formatDecimal(amount: Minor, decimals: number): string {
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`;
}
