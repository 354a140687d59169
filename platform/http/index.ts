export type { RouteAccess, RoutePlugin } from './access.ts';
export { networkKey } from './network-key.ts';
export { type Problem, sendProblem } from './problem.ts';
