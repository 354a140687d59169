/** One thing wrong in a file of rules, features, conditions or policy: where it is and what to do about it. */
export interface Problem {
  /** Path as the caller gave it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Stable, snake_case. */
  readonly code:
    | 'file_too_large'
    | 'yaml_broken'
    | 'shape_invalid'
    | 'condition_invalid'
    | 'condition_unknown'
    | 'operator_mismatch'
    | 'fact_unknown'
    | 'fact_not_in_event'
    | 'entity_unknown'
    | 'id_duplicate'
    | 'limit_exceeded'
    | 'file_unreadable';
  readonly message: string;
}

/** `library/rules/a.yaml:12:5 fact_unknown: …`, the form editors and terminals make clickable. */
export function formatProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column} ${problem.code}: ${problem.message}`;
}

/** The known name nearest to a misspelt one (Levenshtein distance at most a third of its length), or null. */
export function nearestName(name: string, known: Iterable<string>): string | null {
  let best: string | null = null;
  let bestDistance = Math.floor(name.length / 3) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
