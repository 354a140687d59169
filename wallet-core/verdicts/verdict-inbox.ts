import type { KeyObject } from 'node:crypto';
import { Compile } from 'typebox/compile';
import {
  type Clock,
  type EventId,
  type EventType,
  LIMITS,
  LIVE_STREAM,
  refuse,
  type Result,
  succeed,
  TOPICS,
  type Verdict,
  VerdictSchema,
  verifyStatement,
  WALLET_SOURCE,
} from '../../core/index.ts';
import type { EventLog, StoredRecord, Subscription } from '../../platform/event-log/port.ts';
import type { Sql, SqlExecutor, SqlTransaction } from '../../platform/sql/port.ts';
import { createWaiters } from './waiters.ts';

/** Runs in the transaction that records the verdict: exactly once a (event id, revision), however often it is delivered. */
export type VerdictHandler = (transaction: SqlTransaction, verdict: Verdict) => Promise<void>;

export interface VerdictInbox {
  /** `*` hears every verdict. Register before `start`. Handlers run in the order of registration. */
  on(type: EventType | '*', handler: VerdictHandler): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The newest recorded verdict of the event; null when none was recorded within `deadlineMs` milliseconds. */
  awaitVerdict(eventId: EventId, deadlineMs: number): Promise<Verdict | null>;
  verdictOf(executor: SqlExecutor, eventId: EventId): Promise<Verdict | null>;
}

export interface VerdictInboxDeps {
  readonly sql: Sql;
  readonly log: EventLog;
  readonly clock: Clock;
  /** Public keys of the engine, by key id: nothing else on the topic is believed. */
  readonly trusted: ReadonlyMap<string, KeyObject>;
  readonly onError: (error: unknown) => void;
}

const CHANNEL = 'verdict_recorded';
/** Refused records are evidence of tampering, not a place to be flooded: the newest thousand are enough to see how. */
const REFUSED_KEEP = 1_000;
const isVerdict = Compile(VerdictSchema);

/** A record is a verdict only when its shape and its signature hold. */
function readVerdict(record: StoredRecord, trusted: ReadonlyMap<string, KeyObject>): Result<Verdict> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(record.value);
  } catch {
    return refuse('verdict_malformed', 'the record is not JSON');
  }
  if (!isVerdict.Check(parsed)) return refuse('verdict_malformed', 'the record does not have the shape of a verdict');
  const verified = verifyStatement(parsed, trusted);
  return verified.ok ? succeed(parsed) : verified;
}

async function newestVerdict(executor: SqlExecutor, eventId: EventId): Promise<Verdict | null> {
  const [row] = await executor.query<{ statement: Verdict }>(
    'select statement from verdicts.verdict where event_id = $1 order by revision desc limit 1',
    [eventId],
  );
  return row?.statement ?? null;
}

/** True when this (event id, revision) was not recorded before. */
async function insertVerdict(transaction: SqlTransaction, verdict: Verdict, receivedAt: Date): Promise<boolean> {
  const { id, event_id, revision, event_type, subject, outcome } = verdict.body;
  const inserted = await transaction.query(
    `insert into verdicts.verdict (event_id, revision, verdict_id, event_type, subject, outcome, statement, received_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning 1`,
    [event_id, revision, id, event_type, subject, outcome, JSON.stringify(verdict), receivedAt],
  );
  return inserted.length > 0;
}

async function keepRefused(deps: VerdictInboxDeps, record: StoredRecord, reason: string): Promise<void> {
  deps.onError(new Error(`a record of ${record.topic}/${record.partition}@${record.offset} was refused: ${reason}`));
  await deps.sql.query('insert into verdicts.refused (reason, record, received_at) values ($1, $2, $3)', [
    reason,
    // PostgreSQL's text holds no NUL, and evidence that cannot be kept must not stop the verdicts behind it.
    record.value.slice(0, LIMITS.eventBytesMax).replaceAll('\u0000', '\ufffd'),
    new Date(deps.clock.now()),
  ]);
  await deps.sql.query('delete from verdicts.refused where id <= (select max(id) from verdicts.refused) - $1', [REFUSED_KEEP]);
}

export function createVerdictInbox(deps: VerdictInboxDeps): VerdictInbox {
  const handlers: { type: EventType | '*'; handler: VerdictHandler }[] = [];
  const waiters = createWaiters<Verdict>();
  let subscription: Subscription | undefined;
  let unlisten: (() => Promise<void>) | undefined;

  async function take(transaction: SqlTransaction, verdict: Verdict): Promise<void> {
    const { body } = verdict;
    if (!(await insertVerdict(transaction, verdict, new Date(deps.clock.now())))) return;
    for (const { type, handler } of handlers) {
      if (type === '*' || type === body.event_type) await handler(transaction, verdict);
    }
    await transaction.query('select pg_notify($1, $2)', [CHANNEL, body.event_id]);
    transaction.afterCommit(() => waiters.settle(body.event_id, verdict));
  }

  async function onRecord(record: StoredRecord): Promise<void> {
    const read = readVerdict(record, deps.trusted);
    if (!read.ok) return keepRefused(deps, record, read.refusal.code);
    // Another producer may use any event id, ours too: its verdicts must not answer for the wallet's events.
    if (read.value.body.stream !== LIVE_STREAM || read.value.body.event_source !== WALLET_SOURCE) return undefined;
    return deps.sql.transaction((transaction) => take(transaction, read.value));
  }

  /** A notice says that another process recorded a verdict; an empty one that notices may have been missed. */
  function onNotice(eventId: string): void {
    const ids = eventId === '' ? waiters.waiting() : [eventId].filter((id) => waiters.has(id));
    for (const id of ids) {
      newestVerdict(deps.sql, id as EventId).then((verdict) => verdict !== null && waiters.settle(id, verdict), deps.onError);
    }
  }

  return {
    on(type, handler) {
      handlers.push({ type, handler });
    },
    async start() {
      unlisten = await deps.sql.listen(CHANNEL, onNotice);
      subscription = await deps.log.subscribe({
        topics: [TOPICS.verdicts],
        group: 'wallet',
        from: 'earliest',
        onError: deps.onError,
        async onBatch(records) {
          for (const record of records) await onRecord(record);
        },
      });
    },
    async stop() {
      await subscription?.stop();
      await unlisten?.();
      waiters.abandon();
    },
    async awaitVerdict(eventId, deadlineMs) {
      const waiting = waiters.wait(eventId, deadlineMs);
      const already = await newestVerdict(deps.sql, eventId);
      if (already !== null) waiters.settle(eventId, already);
      return waiting;
    },
    verdictOf: newestVerdict,
  };
}
