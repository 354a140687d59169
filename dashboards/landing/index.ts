export { applyAnalyticsSchema } from './apply-analytics-schema.ts';
export { createLanding, LANDING_GROUP, type Landing, type LandingOptions } from './create-landing.ts';
export type { LandingStatus } from './row-collector.ts';
export {
  createRiskQueries,
  type EventRow,
  QUERY_ROWS_MAX,
  type RiskQueries,
  type RuleFigures,
  type Span,
  type TimelineEntry,
  type VerdictRow,
} from './queries/create-risk-queries.ts';
