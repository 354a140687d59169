/** Limits of both adapters, each with its reason. */
export const ANALYTICS_LIMITS = {
  /** Rows of one insert. One part on disk either way; above this the JSON text alone outgrows the byte limit for the rows we have. */
  insertRowsMax: 100_000,
  /** Text of one insert. A consumer batch is at most 500 records of 64 KiB (32 MiB), and JSON quoting may double a raw payload. */
  insertBytesMax: 64 * 1024 * 1024,
  /** Rows of one answer: answers are held in memory whole, and a screen shows hundreds. An evidence export of a busy account fits. */
  resultRowsMax: 100_000,
  /** Bytes of one answer, for the same reason. */
  resultBytesMax: 64 * 1024 * 1024,
  /** Seconds one statement may run. A dashboard that waits longer has lost its reader. */
  executionSecondsMax: 30,
  /** Milliseconds until a request without an answer is given up; longer than a statement may run, so that the engine says why first. */
  requestMsMax: 60_000,
  /** Bytes one statement may use in the embedded engine, which shares the machine with the wallet. */
  embeddedStatementBytesMax: 1024 * 1024 * 1024,
  /** Requests waiting for the embedded engine. It runs one write and one read at a time; a longer line only hides that it is behind. */
  embeddedRequestsInFlightMax: 256,
  /** First and longest pause before a crashed embedded engine starts again. Doubling: 100 ms, 200 ms … 10 s. */
  restartMsMin: 100,
  restartMsMax: 10_000,
  /** How long to wait for a data folder whose last owner may be dying: an engine notices its parent's death within milliseconds. */
  lockWaitMsMax: 3_000,
  /** How long an engine that was asked to close may take before it is killed. MergeTree needs no orderly end. */
  closeMsMax: 5_000,
  /** Connections to a server: the console's queries and the landing's inserts, with room. */
  connectionsMax: 10,
} as const;
