import type { Analytics } from '../../../platform/analytics/index.ts';
import { AT, spanParameters } from './parameters.ts';
import { POINTS_MAX, QUERY_ROWS_MAX, type RuleFigures, type Span } from './shapes.ts';

export interface FigureQueries {
  outcomesOverTime(
    options: Span & { readonly bucketSeconds: number },
  ): Promise<{ readonly bucket: string; readonly outcome: string; readonly verdicts: string }[]>;
  ruleFigures(options: Span): Promise<RuleFigures[]>;
  /** How often two rules fired on the same event. */
  ruleOverlap(options: Span): Promise<{ readonly left: string; readonly right: string; readonly both: string }[]>;
  latency(options: Span): Promise<{ readonly verdicts: string; readonly p50_ms: number; readonly p99_ms: number } | null>;
}

export function createFigureQueries(analytics: Analytics): FigureQueries {
  return {
    outcomesOverTime: ({ bucketSeconds, ...span }) =>
      analytics.query(
        `select toStartOfInterval(judged_at, toIntervalSecond({seconds:UInt32})) as bucket, outcome, count() as verdicts
         from v_verdicts
         where stream = {stream:String} and judged_at >= {from:${AT}} and judged_at < {to:${AT}}
         group by bucket, outcome order by bucket, outcome limit {limit:UInt32}`,
        { ...spanParameters(span), seconds: Math.max(1, Math.trunc(bucketSeconds)), limit: POINTS_MAX },
      ),
    ruleFigures: (span) =>
      analytics.query(
        `select hits.rule as rule, hits.shadow as shadow, count() as fired, countIf(hits.sole) as sole_catches,
           uniqExact(hits.account_id) as accounts, sum(ifNull(hits.amount_usd, 0)) as amount_usd,
           countIf(known.label = 'fraud') as fraud, countIf(known.label = 'legit') as legit,
           if(fraud + legit = 0, null, round(fraud / (fraud + legit), 4)) as precision, max(hits.event_time) as last_fired_at
         from v_rule_hits as hits
         left join v_event_labels as known on known.stream = hits.stream and known.event_id = hits.event_id
         where hits.stream = {stream:String} and hits.event_time >= {from:${AT}} and hits.event_time < {to:${AT}}
         group by rule, shadow order by fired desc, rule limit {limit:UInt32}`,
        { ...spanParameters(span), limit: QUERY_ROWS_MAX },
      ),
    ruleOverlap: (span) =>
      analytics.query(
        `select first as left, second as right, count() as both
         from (
           select arrayJoin(arraySort(rules)) as first, arrayJoin(arrayFilter(other -> other > first, rules)) as second
           from v_verdicts
           where stream = {stream:String} and event_time >= {from:${AT}} and event_time < {to:${AT}} and length(rules) > 1
         )
         group by left, right order by both desc, left, right limit {limit:UInt32}`,
        { ...spanParameters(span), limit: QUERY_ROWS_MAX },
      ),
    latency: async (span) => {
      const [row] = await analytics.query<{ verdicts: string; p50_ms: number; p99_ms: number }>(
        `select count() as verdicts, toFloat64(quantileExact(0.5)(latency_ms)) as p50_ms, toFloat64(quantileExact(0.99)(latency_ms)) as p99_ms
         from v_verdicts
         where stream = {stream:String} and judged_at >= {from:${AT}} and judged_at < {to:${AT}}`,
        spanParameters(span),
      );
      return row === undefined || row.verdicts === '0' ? null : row;
    },
  };
}
