import { refuse, type Refusal } from '../../core/index.ts';

/** The deepest honest body is a batch of events: four levels. Serialisers and validators call themselves a level, and overflow at about ten thousand. */
const DEPTH_MAX = 32;

/**
 * What no schema says: nothing is nested beyond any use, and no text or name holds U+0000, which PostgreSQL's text cannot
 * (https://www.postgresql.org/docs/18/datatype-character.html). Null when all is well.
 */
export function checkValues(values: readonly unknown[]): Refusal | null {
  const waiting = values.map((value) => ({ value, depth: 0 }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    if (typeof value === 'string' && value.includes('\0'))
      return refuse('text_holds_nul', 'no text here may hold U+0000').refusal;
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) continue;
    if (depth >= DEPTH_MAX) return refuse('nested_too_deep', `values are nested at most ${DEPTH_MAX} deep`).refusal;
    if (!Array.isArray(value)) for (const name of Object.keys(value)) waiting.push({ value: name, depth });
    for (const each of Object.values(value)) waiting.push({ value: each, depth: depth + 1 });
  }
  return null;
}
