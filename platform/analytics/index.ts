export type { Analytics } from './port.ts';
export { openClickHouse, type ClickHouseOptions } from './open-clickhouse.ts';
export { openEmbeddedAnalytics, type EmbeddedAnalytics, type EmbeddedAnalyticsOptions } from './open-embedded-analytics.ts';
export { ANALYTICS_LIMITS } from './limits.ts';
