export { formatProblem, nearestName, type Problem } from './problem.ts';
export { checkShape, readYaml, type SourceFile, type YamlPath, type YamlSource } from './read-yaml.ts';
