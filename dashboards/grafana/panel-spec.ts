/** One panel, in what matters: a question, its SQL, and how the answer is drawn. Macros are those of plugin 4.x of ClickHouse for Grafana. */
export interface PanelSpec {
  readonly title: string;
  /** What a person concludes from it. */
  readonly description: string;
  /**
   * Columns by kind: `timeseries` and `bars_over_time` start with `time` (then labels, then numbers); `stat` is one row of one
   * number; `bars` is a text and numbers; `table` is free.
   */
  readonly kind: 'timeseries' | 'bars_over_time' | 'stat' | 'bars' | 'table';
  /** A unit id of Grafana: `short`, `reqps`, `ms`, `currencyUSD`, `percentunit`. */
  readonly unit: 'short' | 'reqps' | 'ms' | 'currencyUSD' | 'percentunit';
  readonly sql: string;
  /** Of 24 columns. */
  readonly width: 6 | 8 | 12 | 24;
  readonly height: number;
  /** Units of single columns of a table. */
  readonly columnUnits?: Readonly<Record<string, PanelSpec['unit']>>;
}

export interface SectionSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

/** The stream that the variable at the top of the dashboard chose. */
export const STREAM = 'stream = ${stream:singlequote}';
