/** Browsers by the token only they send, most specific first: Edge and Opera also say Chrome, Chrome also says Safari. */
const BROWSERS: readonly (readonly [string, RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS)\//],
  ['Safari', /\bSafari\//],
];
const SYSTEMS: readonly (readonly [string, RegExp])[] = [
  ['Windows', /\bWindows\b/],
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
];

/**
 * Names a person knows for a User-Agent header; '' where it names none. Only words of these lists ever come out, as the header
 * is written by whoever signs in and lands in messages.
 */
export function deviceOf(userAgent: string): { readonly browser: string; readonly system: string } {
  const find = (table: readonly (readonly [string, RegExp])[]) => table.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? '';
  return { browser: find(BROWSERS), system: find(SYSTEMS) };
}
