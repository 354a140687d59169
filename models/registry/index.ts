export { columnOf, numberOf, writeRow } from './inputs.ts';
export { loadRegistry, type RegisteredModel, type Registry, SHIPPED_MANIFEST } from './load-registry.ts';
export type { ModelEntry, ModelInput } from './manifest-schema.ts';
