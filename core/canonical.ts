import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** JSON in the one spelling of RFC 8785, so that two parties hash and sign the same bytes. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('only JSON values have a canonical form');
  return text;
}

/** Lower-case hex SHA-256 of the canonical JSON of `value`. */
export function hashJson(value: unknown): string {
  return hash('sha256', canonicalJson(value));
}
