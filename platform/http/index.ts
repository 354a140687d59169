export type { RouteAccess, RoutePlugin } from './access.ts';
export { type Problem, sendProblem } from './problem.ts';
