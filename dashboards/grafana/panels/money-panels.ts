import { type SectionSpec, STREAM } from '../panel-spec.ts';

export const moneySection: SectionSpec = {
  title: 'Money',
  panels: [
    {
      title: 'Deposits rejected by attack',
      description: 'Attempts to be credited that the verifier refused, by their row in the attack catalogue.',
      kind: 'bars',
      unit: 'short',
      width: 8,
      height: 8,
      sql: `select if(attack = '', reason, attack) as attack_id, sum(deposits) as rejected
from v_deposits_per_minute where ${STREAM} and step = 'rejected' and $__timeFilter(minute)
group by attack_id order by rejected desc, attack_id limit 30`,
    },
    {
      title: 'Deposits by step',
      description: 'Claimed, observed, confirmed, rejected, reversed. Observed without confirmed is a chain that stands still.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      height: 8,
      sql: `select $__timeInterval(minute) as time, step, sum(deposits) as deposits
from v_deposits_per_minute where ${STREAM} and $__timeFilter(minute)
group by time, step order by time, step`,
    },
    {
      title: 'Withdrawals by outcome',
      description: 'What the newest verdict said of each requested withdrawal.',
      kind: 'bars_over_time',
      unit: 'short',
      width: 8,
      height: 8,
      sql: `select $__timeInterval(minute) as time, outcome, sum(withdrawals) as withdrawals
from v_withdrawals_per_minute where ${STREAM} and $__timeFilter(minute)
group by time, outcome order by time, outcome`,
    },
    {
      title: 'Withdrawals by outcome, USD',
      description: 'The same in money.',
      kind: 'bars_over_time',
      unit: 'currencyUSD',
      width: 12,
      height: 8,
      sql: `select $__timeInterval(minute) as time, outcome, toFloat64(sum(amount_usd)) as usd
from v_withdrawals_per_minute where ${STREAM} and $__timeFilter(minute)
group by time, outcome order by time, outcome`,
    },
    {
      title: 'Withdrawals by step',
      description:
        'Requested, approved, signed, broadcast, confirmed, failed, cancelled. Signed without confirmed is money under way.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      height: 8,
      sql: `select $__timeInterval(event_time) as time, replaceOne(type, 'wallet.withdrawal.', '') as step, count() as withdrawals
from v_events where ${STREAM} and type like 'wallet.withdrawal.%' and $__timeFilter_ms(event_time)
group by time, step order by time, step`,
    },
  ],
};
