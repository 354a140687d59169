const SUSPICIOUS = /\\u(?:0000|d[89a-f])|[\ud800-\udfff]/i;

function walk(value: unknown, path: string): string | null {
  if (typeof value === 'string') return value.includes('\u0000') || !value.isWellFormed() ? path || '/' : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, member] of Object.entries(value)) {
    const found = walk(member, `${path}/${name}`);
    if (found !== null) return found;
  }
  return null;
}

/**
 * JSON can spell strings that PostgreSQL's text and jsonb refuse (U+0000, lone surrogates); such an event would be taken here
 * and then stop every consumer that stores it. Returns the path of the first such string, or null. `text` is the JSON of `value`:
 * most texts hold no suspicious spelling, and only the others are walked.
 */
export function unstorablePath(text: string, value: unknown): string | null {
  return SUSPICIOUS.test(text) ? walk(value, '') : null;
}
