import type { StoredRecord } from '../../../platform/event-log/index.ts';

export type Row = Readonly<Record<string, unknown>>;

export const TABLES = ['events', 'verdicts', 'rule_hits', 'model_scores', 'actions', 'alerts', 'labels', 'dead_letters'] as const;
export type Table = (typeof TABLES)[number];

/** What one record becomes: rows by table. */
export interface TableRow {
  readonly table: Table;
  readonly row: Row;
}

/** Raised while a record is read, caught in `mapRecord`: the record is at fault, not the code. */
export class Unreadable extends Error {
  readonly reason: 'not_json' | 'shape_unknown' | 'time_unreadable' | 'amount_unreadable' | 'number_unreadable' | 'topic_unknown';

  constructor(reason: Unreadable['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

export function position(record: StoredRecord): { partition: number; offset: string } {
  return { partition: record.partition, offset: record.offset.toString() };
}
