export { type OpenScorer, openScorer, rulesOnlyScorer, type ScorerOptions } from './open-scorer.ts';
