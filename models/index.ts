export {
  loadRegistry,
  type ModelEntry,
  type ModelInput,
  type RegisteredModel,
  type Registry,
  SHIPPED_MANIFEST,
} from './registry/index.ts';
export { type OpenScorer, openScorer, rulesOnlyScorer, type ScorerOptions } from './scorer/index.ts';
