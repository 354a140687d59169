export { type BookSources, LIBRARY_DIRECTORY, loadRuleBook, type RuleBook, type RuleBookResult, ruleSchema } from './book.ts';
export {
  type CompiledRuleEvaluator,
  createJsonRulesEngineEvaluator,
  createRuleEvaluator,
  type FactEntry,
  type NamedConditions,
  type Rule,
  type RuleTestResult,
  runRuleTests,
} from './dialect/index.ts';
export {
  createFeatureEngine,
  FEATURE_LIMITS,
  type FeatureDefinition,
  type FeatureEngineStats,
  type FeatureLimits,
  factCatalogue,
} from './features/index.ts';
export { createFreezeBudget } from './lifecycle/index.ts';
export { createPolicy, type PolicyDefinition } from './policy/index.ts';
export { formatProblem, type Problem, type SourceFile } from './yaml/index.ts';
