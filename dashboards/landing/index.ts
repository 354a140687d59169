export { applyAnalyticsSchema } from './apply-analytics-schema.ts';
export { createLanding, LANDING_GROUP, type Landing, type LandingOptions } from './create-landing.ts';
export { createRiskQueries, type RiskQueries } from './queries/create-risk-queries.ts';
export {
  type DeadLetterRow,
  type EventRow,
  QUERY_ROWS_MAX,
  type RuleFigures,
  type Span,
  type TimelineEntry,
  type VerdictRow,
} from './queries/shapes.ts';
export type { LandingStatus } from './row-collector.ts';
