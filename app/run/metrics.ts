import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { EngineMetrics } from '../../ingest/index.ts';

/** Prometheus metrics of the program; label values are our own snake_case codes, never what a stranger sent. */
export interface Metrics {
  readonly registry: Registry;
  readonly engine: EngineMetrics;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'bulwark_' });
  const registers = [registry];
  const verdicts = new Counter({
    name: 'bulwark_verdicts_total',
    help: 'Verdicts issued',
    labelNames: ['outcome', 'type'],
    registers,
  });
  const duplicates = new Counter({ name: 'bulwark_duplicates_total', help: 'Events dropped as seen before', registers });
  const late = new Counter({ name: 'bulwark_late_events_total', help: 'Events judged but left out of windows', registers });
  const dead = new Counter({ name: 'bulwark_dead_letters_total', help: 'Events refused', labelNames: ['reason'], registers });
  const degraded = new Counter({ name: 'bulwark_rules_only_total', help: 'Batches judged without models', registers });
  const batch = new Histogram({
    name: 'bulwark_engine_batch_seconds',
    help: 'From hand-over by the log until the verdicts are durable',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
    registers,
  });
  const size = new Gauge({ name: 'bulwark_engine_batch_records', help: 'Records of the last batch', registers });
  return {
    registry,
    engine: {
      judged: (body) => verdicts.inc({ outcome: body.outcome, type: body.event_type }),
      duplicate: () => duplicates.inc(),
      late: () => late.inc(),
      deadLettered: (reason) => dead.inc({ reason }),
      degraded: () => degraded.inc(),
      batch(records, milliseconds) {
        batch.observe(milliseconds / 1000);
        size.set(records);
      },
    },
  };
}
