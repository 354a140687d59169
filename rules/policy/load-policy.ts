import { Value } from 'typebox/value';
import { OUTCOMES } from '../../core/index.ts';
import { checkShape, type Problem, readYaml, type SourceFile } from '../yaml/index.ts';
import { type EventPolicy, type PolicyDefinition, PolicyFileSchema } from './schema.ts';

/** Reads the policy file; null where it has problems. */
export function loadPolicy(file: SourceFile): { readonly policy: PolicyDefinition | null; readonly problems: Problem[] } {
  const read = readYaml(file);
  if (!read.ok) return { policy: null, problems: read.problems };
  const { source } = read;
  const shape = checkShape(source, PolicyFileSchema, source.value);
  const problems = [...shape.problems];
  if (shape.value === null) return { policy: null, problems };
  const policy = shape.value as unknown as PolicyDefinition;
  const sections: [readonly string[], EventPolicy][] = [
    [['default'], policy.default],
    ...Object.entries(policy.events).map(([type, section]): [readonly string[], EventPolicy] => [['events', type], section]),
  ];
  for (const [path, { thresholds }] of sections) {
    const scores = OUTCOMES.flatMap((outcome) => {
      const score = (thresholds as Partial<Record<string, number>> | undefined)?.[outcome];
      return score === undefined ? [] : [score];
    });
    if (scores.some((score, index) => index > 0 && score <= (scores[index - 1] ?? 0))) {
      problems.push(
        source.problem(
          [...path, 'thresholds'],
          'shape_invalid',
          'a stricter outcome needs a higher score: challenge < hold < deny',
        ),
      );
    }
  }
  return problems.length === 0 ? { policy: Value.Clone(policy), problems } : { policy: null, problems };
}
