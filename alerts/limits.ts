import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/index.ts';

export const ALERT_LIMITS = {
  /** A burst of one kind (a spray of sign-ins) becomes one message and one follow-up with the count. Alertmanager's default `group_interval`. */
  groupMs: 5 * MINUTE_MS,
  /** Long enough to be read after a night's sleep and a flight; a stolen old mailbox finds only dead links. */
  answerMs: DAY_MS,
  /** From asking for a ticket to opening the socket takes under a second; 30 s forgives a slow phone. */
  ticketMs: 30 * SECOND_MS,
  /** Unused tickets of one person: more are a script. */
  ticketsPerPrincipalMax: 20,
  /** Tries of one delivery: with the back-off below the last comes about 40 minutes after the first. */
  attemptsMax: 8,
  backoffFirstMs: 10 * SECOND_MS,
  backoffMaxMs: 15 * MINUTE_MS,
  /** A channel that has not answered by then is taken as unknown and tried again. */
  deliverMs: 20 * SECOND_MS,
  /** A worker that claimed a delivery and died frees it after this; three times `deliverMs`, so a living one is never overtaken. */
  leaseMs: MINUTE_MS,
  /** Deliveries in flight of one worker: keeps at most this many channel connections open. */
  claimMax: 20,
  /** The wake-up after a commit is immediate; the poll finds retries and what other processes planned. */
  pollMs: SECOND_MS,
  /** Messages kept on one person's list: about a year of a busy account, 500 KiB. */
  inAppPerAccountMax: 500,
  /** Positions of the staff's feed kept for screens and for resuming: 10,000 verdicts of about 5 KiB are 50 MiB; ClickHouse keeps all. */
  staffFeedMax: 10_000,
  /** Alerts with their deliveries and answers; the analytics store keeps them longer. Must exceed the retention of `risk.verdicts`, or a replay would tell twice. */
  keepMs: 90 * DAY_MS,
  pruneEveryMs: HOUR_MS,
  /** Rows removed at a time, so that a clean-up never holds locks for long. */
  pruneMax: 5_000,
  /** Longest stored value of a detail; an IPv6 address has 45 characters, an uint256 amount 78, a CAIP-19 id 120. */
  detailCharsMax: 160,
  /** Rows of one page of the HTTP lists. */
  pageMax: 200,
} as const;
