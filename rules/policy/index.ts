export { loadPolicy } from './load-policy.ts';
export { createPolicy } from './policy.ts';
export type { PolicyDefinition } from './schema.ts';
