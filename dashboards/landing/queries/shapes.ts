/** Rows a screen may ask for at once; a person reads hundreds, an evidence export pages. */
export const QUERY_ROWS_MAX = 1_000;
/** Points of one chart: more than pixels of a wide screen help nobody. */
export const POINTS_MAX = 2_000;

export interface Span {
  readonly stream?: string;
  /** Unix milliseconds, inclusive. */
  readonly fromMs: number;
  /** Unix milliseconds, exclusive. */
  readonly toMs: number;
}

export interface Page {
  readonly stream?: string;
  /** Only what is older than this, Unix milliseconds: the next page. */
  readonly beforeMs?: number;
  readonly limit?: number;
}

/** Times are UTC, `YYYY-MM-DD hh:mm:ss.mmm`; counts, offsets and money are digit strings. */
export interface TimelineEntry {
  readonly at: string;
  readonly kind: 'event' | 'verdict' | 'action' | 'alert' | 'label';
  readonly id: string;
  /** The event it belongs to; empty where none. */
  readonly event_id: string;
  /** Event type, outcome, action, template or label. */
  readonly what: string;
  /** Result, rules, cause, channel or author. */
  readonly detail: string;
}

export interface EventRow {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly account_id: string;
  readonly event_time: string;
  readonly entity_id: string;
  readonly result: string;
  readonly reason: string;
  readonly ip: string;
  readonly device_id: string;
  readonly payee: string;
  readonly asset: string;
  readonly amount: string | null;
  readonly amount_usd: string | null;
  readonly raw: string;
}

export interface VerdictRow {
  readonly id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly account_id: string;
  readonly event_time: string;
  readonly judged_at: string;
  readonly latency_ms: string;
  readonly revision: number;
  readonly outcome: string;
  readonly score: number;
  readonly actions: readonly string[];
  readonly rules: readonly string[];
  readonly degraded: string;
  readonly amount_usd: string | null;
  readonly raw: string;
}

export interface RuleFigures {
  readonly rule: string;
  readonly shadow: boolean;
  readonly fired: string;
  /** Times it was the only rule that fired. */
  readonly sole_catches: string;
  readonly accounts: string;
  readonly amount_usd: string;
  readonly fraud: string;
  readonly legit: string;
  /** fraud / (fraud + legit), 0 to 1; null while nothing it caught is labelled. */
  readonly precision: number | null;
  readonly last_fired_at: string;
}

export interface DeadLetterRow {
  readonly id: string;
  readonly at: string;
  readonly stage: string;
  readonly reason: string;
  readonly detail: string;
  readonly source_topic: string;
  readonly source_partition: number;
  readonly source_offset: string;
  readonly raw: string;
}
