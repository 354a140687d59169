import type { VerdictBody } from '../../core/index.ts';

/** What the engine tells of itself as it works; names and labels are the caller's. Every call is cheap and must not throw. */
export interface EngineMetrics {
  judged(verdict: VerdictBody): void;
  duplicate(stream: string): void;
  /** An event later than the lateness bound: judged, left out of the windows. */
  late(stream: string): void;
  deadLettered(reason: string): void;
  /** The models did not answer; rules decided alone. */
  degraded(reason: string): void;
  /** One micro-batch: how many records, and milliseconds from the hand-over by the log until its verdicts are durable. */
  batch(records: number, milliseconds: number): void;
}

/** For callers who do not measure. */
export const NO_METRICS: EngineMetrics = {
  judged: () => {},
  duplicate: () => {},
  late: () => {},
  deadLettered: () => {},
  degraded: () => {},
  batch: () => {},
};
