/** Time comes in through the door, so that a test or a simulation can own it. */
export interface Clock {
  /** Milliseconds since the Unix epoch, UTC. */
  now(): number;
}

/** Randomness comes in through the door, so that one seed replays any failure. */
export interface Random {
  /** `length` random bytes. Adapters for secrets must be cryptographically strong. */
  bytes(length: number): Uint8Array;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
