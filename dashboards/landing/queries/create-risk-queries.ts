import type { Analytics } from '../../../platform/analytics/index.ts';
import { createFigureQueries, type FigureQueries } from './figure-queries.ts';
import { createRecordQueries, type RecordQueries } from './record-queries.ts';

export type RiskQueries = RecordQueries & FigureQueries;

/** What the console reads. Every answer is bounded; every value is bound, never pasted. Throws OutsideError. */
export function createRiskQueries(analytics: Analytics): RiskQueries {
  return { ...createRecordQueries(analytics), ...createFigureQueries(analytics) };
}
