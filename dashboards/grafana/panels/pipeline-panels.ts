import { type SectionSpec, STREAM } from '../panel-spec.ts';

export const pipelineSection: SectionSpec = {
  title: 'Pipeline',
  panels: [
    {
      title: 'From event to verdict',
      description: 'Milliseconds from the wallet’s clock to the verdict. Live stream only: imports carry old event times.',
      kind: 'timeseries',
      unit: 'ms',
      width: 12,
      height: 8,
      sql: `select $__timeInterval(judged_at) as time, toFloat64(quantileExact(0.5)(latency_ms)) as p50, toFloat64(quantileExact(0.99)(latency_ms)) as p99
from v_verdicts where stream = 'live' and $__timeFilter_ms(judged_at)
group by time order by time`,
    },
    {
      title: 'Dead letters',
      description: 'Records that a stage refused. More than a few a day is a producer that changed.',
      kind: 'bars_over_time',
      unit: 'short',
      width: 12,
      height: 8,
      sql: `select $__timeInterval(minute) as time, concat(stage, ' ', reason) as reason, sum(records) as records
from v_dead_letters_per_minute where ${STREAM} and $__timeFilter(minute)
group by time, reason order by time, reason`,
    },
    {
      title: 'Newest dead letters',
      description: 'Where to look for the record: topic, partition, offset.',
      kind: 'table',
      unit: 'short',
      width: 12,
      height: 8,
      sql: `select at as "At", stage as "Stage", reason as "Reason", detail as "Detail",
  concat(source_topic, ' ', toString(source_partition), ':', toString(source_offset)) as "Record"
from v_dead_letters where ${STREAM} and $__timeFilter_ms(at) order by at desc limit 50`,
    },
    {
      title: 'Alerts by channel and result',
      description: 'Whether people were reached.',
      kind: 'bars_over_time',
      unit: 'short',
      width: 12,
      height: 8,
      sql: `select $__timeInterval(at) as time, concat(channel, ' ', result) as delivery, count() as alerts
from v_alerts where ${STREAM} and $__timeFilter_ms(at)
group by time, delivery order by time, delivery`,
    },
  ],
};
