export { factCatalogue } from './catalogue.ts';
export type { FeatureDefinition } from './definition.ts';
export { createFeatureEngine, FEATURE_LIMITS, type FeatureEngineStats } from './feature-engine.ts';
export { loadFeatures } from './load-features.ts';
export type { FeatureLimits } from './space.ts';
