import { type SectionSpec, STREAM } from '../panel-spec.ts';

export const overviewSection: SectionSpec = {
  title: 'Now',
  panels: [
    {
      title: 'Verdicts',
      description: 'Events judged in the time shown.',
      kind: 'stat',
      unit: 'short',
      width: 6,
      height: 4,
      sql: `select count() as verdicts from v_verdicts where ${STREAM} and $__timeFilter_ms(judged_at)`,
    },
    {
      title: 'Stopped',
      description: 'Share of verdicts that hold, deny or freeze. A sudden rise is an attack, or a rule that hurts customers.',
      kind: 'stat',
      unit: 'percentunit',
      width: 6,
      height: 4,
      sql: `select if(count() = 0, 0, countIf(outcome in ('hold', 'deny', 'freeze')) / count()) as stopped
from v_verdicts where ${STREAM} and $__timeFilter_ms(judged_at)`,
    },
    {
      title: 'Money stopped',
      description: 'USD value of requested withdrawals whose newest verdict holds, denies or freezes.',
      kind: 'stat',
      unit: 'currencyUSD',
      width: 6,
      height: 4,
      sql: `select toFloat64(sumIf(amount_usd, outcome in ('hold', 'deny', 'freeze'))) as stopped_usd
from v_withdrawals_per_minute where ${STREAM} and $__timeFilter(minute)`,
    },
    {
      title: 'Frozen accounts',
      description: 'Accounts with at least one freeze in force, whenever it began.',
      kind: 'stat',
      unit: 'short',
      width: 6,
      height: 4,
      sql: `select count() as accounts from v_frozen_accounts where ${STREAM}`,
    },
    {
      title: 'Events per second',
      description: 'What arrives, by event time. A flat line at zero while customers are awake is a broken producer.',
      kind: 'timeseries',
      unit: 'reqps',
      width: 12,
      height: 8,
      sql: `select $__timeInterval(event_time) as time, type, count() / $__interval_s as events
from v_events where ${STREAM} and $__timeFilter_ms(event_time)
group by time, type order by time, type`,
    },
    {
      title: 'Verdicts by outcome',
      description: 'What the engine said, over time.',
      kind: 'bars_over_time',
      unit: 'short',
      width: 12,
      height: 8,
      sql: `select $__timeInterval(judged_at) as time, outcome, count() as verdicts
from v_verdicts where ${STREAM} and $__timeFilter_ms(judged_at)
group by time, outcome order by time, outcome`,
    },
  ],
};
