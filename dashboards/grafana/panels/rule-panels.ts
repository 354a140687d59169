import { type SectionSpec, STREAM } from '../panel-spec.ts';

function figures(standing: 'live' | 'shadow'): string {
  return `select hits.rule as rule, count() as "Fired", countIf(hits.sole) as "Alone", uniqExact(hits.account_id) as "Accounts",
  toFloat64(sum(ifNull(hits.amount_usd, 0))) as "USD",
  if(countIf(known.label != '') = 0, null, countIf(known.label = 'fraud') / countIf(known.label != '')) as "Precision"
from v_rule_hits as hits
left join v_event_labels as known on known.stream = hits.stream and known.event_id = hits.event_id
where hits.${STREAM} and hits.shadow = ${standing === 'shadow'} and $__timeFilter_ms(hits.event_time)
group by rule order by "Fired" desc, rule limit 20`;
}

export const ruleSection: SectionSpec = {
  title: 'Rules and models',
  panels: [
    {
      title: 'Top rules',
      description: 'Fired; alone means no other rule caught it; precision counts labels only, and is empty without any.',
      kind: 'table',
      unit: 'short',
      columnUnits: { USD: 'currencyUSD', Precision: 'percentunit' },
      width: 12,
      height: 9,
      sql: figures('live'),
    },
    {
      title: 'Rules in shadow',
      description: 'What rules would have caught, and whom they would have hurt, before they go live.',
      kind: 'table',
      unit: 'short',
      columnUnits: { USD: 'currencyUSD', Precision: 'percentunit' },
      width: 12,
      height: 9,
      sql: figures('shadow'),
    },
    {
      title: 'Rule hits over time',
      description: 'Live rules by how often they fire.',
      kind: 'bars_over_time',
      unit: 'short',
      width: 8,
      height: 8,
      sql: `select $__timeInterval(event_time) as time, rule, count() as hits
from v_rule_hits where ${STREAM} and not shadow and $__timeFilter_ms(event_time)
group by time, rule order by time, rule`,
    },
    {
      title: 'Model scores by outcome',
      description: 'How scores are spread, in tenths, and what became of them. A model whose mass moves has drifted.',
      kind: 'bars',
      unit: 'short',
      width: 8,
      height: 8,
      sql: `select concat(model, ' ', toString(floor(least(score, 0.9999) * 10) / 10)) as bucket,
  countIf(verdict_outcome = 'allow') as allow, countIf(verdict_outcome = 'challenge') as challenge,
  countIf(verdict_outcome = 'hold') as hold, countIf(verdict_outcome = 'deny') as deny, countIf(verdict_outcome = 'freeze') as freeze
from v_model_scores where ${STREAM} and $__timeFilter_ms(judged_at)
group by bucket order by bucket`,
    },
    {
      title: 'Models',
      description: 'Versions at work, how often they scored, and where their scores lie.',
      kind: 'table',
      unit: 'short',
      width: 8,
      height: 8,
      sql: `select model as "Model", version as "Version", count() as "Scores", round(avg(score), 4) as "Mean",
  round(quantile(0.95)(score), 4) as "95th percentile"
from v_model_scores where ${STREAM} and $__timeFilter_ms(judged_at)
group by model, version order by model, version`,
    },
  ],
};
