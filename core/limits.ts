import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './clock.ts';

/** Every limit of the road, each with its reason. A room's own limits stand in that room. */
export const LIMITS = {
  /** One event, encoded. Kafka's default `message.max.bytes` is 1,048,588; 64 KiB leaves room for batches and is 100 times a usual event. */
  eventBytesMax: 64 * 1024,
  /** One HTTP body. The largest honest one is a batch of 1,000 events of about 1 KiB. */
  requestBytesMax: 1024 * 1024,
  /** Events in one POST /v1/events. */
  eventsPerRequestMax: 1_000,
  /** An event whose time is later than now by more than this is a wrong clock: dead letter. */
  eventSkewMs: 5 * MINUTE_MS,
  /** A late event enters windows only within this bound; an older one is judged but left out, and counted. */
  eventLatenessMs: HOUR_MS,
  /** How long a (source, id) pair is remembered to drop duplicates; longer than any retry of any producer of ours. */
  duplicateHorizonMs: DAY_MS,
  /** How long the wallet waits for the verdict of a login before it asks for a challenge instead. */
  loginVerdictWaitMs: 2 * SECOND_MS,
  /** How long the wallet waits for the verdict of a withdrawal before it answers "held". */
  withdrawalVerdictWaitMs: 2 * SECOND_MS,
  /** A verdict older than this no longer permits a signature: the state it saw is stale. */
  verdictAgeMs: 15 * MINUTE_MS,
  /** Records handed to one batch of a consumer: bounds memory at 500 × 64 KiB = 32 MiB. */
  consumerBatchMax: 500,
} as const;
