import { SECOND_MS, WALLET_SOURCE } from '../../core/index.ts';
import type { EventLog, LogRecord } from '../../platform/event-log/port.ts';
import type { Sql, SqlTransaction } from '../../platform/sql/port.ts';

/** Moves committed outbox rows to the event log, in order, at least once. */
export interface Relay {
  start(): void;
  /** Sends what is waiting now, without waiting for the next poll. */
  wake(): void;
  /** One pass by hand; the number of messages sent. */
  drain(): Promise<number>;
  stop(): Promise<void>;
}

/** Rows of one pass: at about 1 KiB each the pass holds half a mebibyte. */
const BATCH_MAX = 500;
/** Catches what a lost wake-up left behind; the wake-up itself is immediate. */
const POLL_MS = SECOND_MS;
/** The first wait after a failed pass; doubles up to the cap, so that a broker away for an hour is asked twice a minute. */
const BACKOFF_MS = { first: 200, max: 30 * SECOND_MS } as const;
/** Sent rows are kept a day for questions, then removed in bounded bites. */
const KEEP_SENT = '1 day';
const CLEAN_EVERY_MS = 60 * SECOND_MS;
/** Any constant no other advisory lock uses: one relay at a time keeps the order of a subject. */
const RELAY_LOCK = 0x6f757462;

interface OutboxRow extends Record<string, unknown> {
  readonly position: bigint;
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly body: string;
}

function toRecord(row: OutboxRow): LogRecord {
  return { key: row.key, value: row.body, headers: { source: WALLET_SOURCE, id: row.id } };
}

async function sendBatch(transaction: SqlTransaction, log: EventLog): Promise<number> {
  const [lock] = await transaction.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1) as held', [RELAY_LOCK]);
  if (lock?.held !== true) return 0;
  const rows = await transaction.query<OutboxRow>(
    'select position, id, topic, key, body from outbox.message where sent_at is null order by position limit $1',
    [BATCH_MAX],
  );
  const byTopic = Map.groupBy(rows, (row) => row.topic);
  for (const [topic, group] of byTopic) await log.produce(topic, group.map(toRecord));
  if (rows.length > 0) {
    // A crash before this commits sends the same rows again under the same ids: the engine drops what it has seen.
    await transaction.query('update outbox.message set sent_at = now() where position = any($1::bigint[])', [
      rows.map((row) => row.position.toString()),
    ]);
  }
  return rows.length;
}

export function createRelay(deps: {
  readonly sql: Sql;
  readonly log: EventLog;
  readonly onError: (error: unknown) => void;
}): Relay {
  let running = false;
  let wanted = false;
  let backoffMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let active: Promise<void> | undefined;
  let cleanedAtMs = 0;

  async function clean(): Promise<void> {
    if (performance.now() - cleanedAtMs < CLEAN_EVERY_MS) return;
    cleanedAtMs = performance.now();
    await deps.sql.query(
      `delete from outbox.message where position in (
         select position from outbox.message where sent_at < now() - $1::interval order by position limit 10000)`,
      [KEEP_SENT],
    );
  }

  async function drain(): Promise<number> {
    let total = 0;
    for (;;) {
      const sent = await deps.sql.transaction((transaction) => sendBatch(transaction, deps.log));
      total += sent;
      if (sent < BATCH_MAX) return total;
    }
  }

  async function pass(): Promise<void> {
    try {
      do {
        wanted = false;
        await drain();
      } while (wanted && running);
      backoffMs = 0;
      await clean();
    } catch (error) {
      backoffMs = Math.min(backoffMs === 0 ? BACKOFF_MS.first : backoffMs * 2, BACKOFF_MS.max);
      deps.onError(error);
    }
  }

  function schedule(delayMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(launch, delayMs);
  }

  function launch(): void {
    if (!running || active !== undefined) return;
    active = pass().finally(() => {
      active = undefined;
      if (running) schedule(backoffMs > 0 ? backoffMs : POLL_MS);
    });
  }

  return {
    drain,
    start() {
      running = true;
      launch();
    },
    wake() {
      wanted = true;
      if (backoffMs === 0) launch();
    },
    async stop() {
      running = false;
      clearTimeout(timer);
      await active;
    },
  };
}
