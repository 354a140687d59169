/** What an adapter says of itself: one line of `bulwark start`, and what `NODE_ENV=production` refuses. */
export interface AdapterDescription {
  /** `sql`, `event-log`, … */
  readonly port: string;
  /** `embedded PostgreSQL 18`, `Apache Kafka at …`: never with credentials. */
  readonly adapter: string;
  /** True when what was acknowledged survives a kill of every process of ours. */
  readonly durable: boolean;
  /** True for what must not carry real money: a development chain, a development key. */
  readonly developmentOnly: boolean;
  /** Why this adapter, in a few words: `SQL_URL is not set`. */
  readonly why: string;
}
