import type { FactValue } from '../../core/index.ts';

/** `$.a.b[0]`, `$['a b']`: the subset of JSONPath (RFC 9535 §2.3) that names exactly one place. No wildcards, filters or scripts. */
const STEP = /\.([A-Za-z_][A-Za-z0-9_-]{0,63})|\[(\d{1,6})\]|\['([^'\\]{1,64})'\]/y;
/** Deeper than any event of ours by a factor of four. */
const STEPS_MAX = 16;

/** Steps of a path, or null where the text is not of the subset. */
export function parsePath(text: string): readonly (string | number)[] | null {
  if (!text.startsWith('$')) return null;
  const steps: (string | number)[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (match === null || steps.length === STEPS_MAX) return null;
    steps.push(match[2] === undefined ? (match[1] ?? match[3] ?? '') : Number(match[2]));
  }
  return steps;
}

/** What stands at the place, own properties only; undefined where the way ends early. */
export function followPath(value: FactValue | undefined, steps: readonly (string | number)[]): FactValue | undefined {
  let current = value;
  for (const step of steps) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    if (Array.isArray(current) !== (typeof step === 'number')) return undefined;
    current = (current as Record<string | number, FactValue>)[step];
  }
  return current;
}
