import { MINUTE_MS, SECOND_MS } from '../../core/index.ts';

export interface LiveLimits {
  readonly connectionsMax: number;
  readonly connectionsPerPrincipalMax: number;
  readonly upgradesPendingMax: number;
  readonly authoriseMs: number;
  readonly heartbeatMs: number;
  readonly stallMs: number;
  readonly ageMsMax: number;
  readonly pageSize: number;
  readonly incomingBytesMax: number;
}

export const LIVE_LIMITS: LiveLimits = {
  /** A connection costs about 20 KiB with its socket buffers: 5,000 are 100 MiB. */
  connectionsMax: 5_000,
  /** A person with a phone, a tablet and a few tabs. */
  connectionsPerPrincipalMax: 8,
  /** Upgrades whose ticket is being looked up: more waiting than this is a flood, not people. */
  upgradesPendingMax: 200,
  /** A ticket is one indexed lookup; a database that takes longer is in trouble. */
  authoriseMs: 5 * SECOND_MS,
  /** Under the 60 s after which common proxies (nginx `proxy_read_timeout`) cut a silent connection. */
  heartbeatMs: 25 * SECOND_MS,
  /** A page that the client's socket does not take for so long means that nobody reads it. */
  stallMs: 15 * SECOND_MS,
  /** A connection outlives its sign-in at most by this; the client then asks for a new ticket and resumes. */
  ageMsMax: 15 * MINUTE_MS,
  /** Messages read and written at a time: 100 × about 1 KiB bounds what waits for one slow client at 100 KiB. */
  pageSize: 100,
  /** Clients only listen; control frames are at most 125 bytes (RFC 6455 §5.5). */
  incomingBytesMax: 1_024,
};
