/** uint256 has at most 78 decimal digits. */
const DIGITS_MAX = 78;

export type AmountProblem = 'empty' | 'malformed' | 'too_precise' | 'too_large';
export type ParsedAmount =
  | { readonly ok: true; readonly minor: bigint }
  | { readonly ok: false; readonly problem: AmountProblem };

/**
 * What a person typed ("0.25", "1,000.5", "2.") in minor units, exactly. Digits, one point, commas only where they group thousands:
 * "1,5" is refused rather than guessed, since it means 1.5 to one reader and 15 to another.
 */
export function parseAmount(text: string, decimals: number): ParsedAmount {
  const trimmed = text.trim();
  if (trimmed === '') return { ok: false, problem: 'empty' };
  const match = /^(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d*))?$/.exec(trimmed);
  const whole = match?.[1]?.replaceAll(',', '') ?? '';
  const fraction = match?.[2] ?? '';
  if (match === null || (whole === '' && fraction === '')) return { ok: false, problem: 'malformed' };
  const significant = fraction.replace(/0+$/, '');
  if (significant.length > decimals) return { ok: false, problem: 'too_precise' };
  const digits = `${whole}${significant.padEnd(decimals, '0')}`.replace(/^0+(?=\d)/, '');
  if (digits.length > DIGITS_MAX) return { ok: false, problem: 'too_large' };
  return { ok: true, minor: BigInt(digits === '' ? '0' : digits) };
}

/** Minor units as a decimal with grouped thousands and every digit: `formatAmount(1234500000n, 6)` is "1,234.5". */
export function formatAmount(minor: bigint, decimals: number): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return `${minor < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The same in the spelling that `parseAmount` reads back, without grouping. */
export function plainAmount(minor: bigint, decimals: number): string {
  return formatAmount(minor, decimals).replaceAll(',', '');
}
