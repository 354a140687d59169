/** Limits of the landing, each with its reason. */
export const LANDING_LIMITS = {
  /** An insert waits this long for company: ClickHouse likes few large parts, and a dashboard that refreshes every 10 s does not see 0.2 s. */
  waitMs: 200,
  /** Rows at which an insert waits no longer. */
  rowsMax: 5_000,
  /** Characters of rows at which an insert waits no longer; a quarter of what the port takes at once. */
  charactersMax: 16 * 1024 * 1024,
  /** Attempts under the same token before the batch goes back to the log, which brings it again after its own back-off. */
  attemptsMax: 4,
  /** First pause between attempts; it doubles: 100, 200, 400 ms. In sum far below the time a Kafka group waits for a member. */
  pauseMs: 100,
  /** A dead letter keeps this much of what it could not read: as much as an event may have. */
  rawCharactersMax: 64 * 1024,
  /** A token longer than this is hashed. */
  tokenCharactersMax: 200,
} as const;
