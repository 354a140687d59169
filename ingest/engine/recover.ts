import { LIMITS, LIVE_STREAM, OutsideError, TOPICS, type VerdictBody } from '../../core/index.ts';
import type { EventLog, LogRecord, StoredRecord } from '../../platform/event-log/port.ts';
import type { Pipeline } from '../pipeline.ts';
import { type ArrivalOrder, createArrivalOrder } from './arrival-order.ts';
import { createCursor, createFinder } from './cursors.ts';
import { readDeadPlaces } from './dead-places.ts';
import { partitionKey, recordKey } from './place.ts';
import { previousOf } from './verdict-body.ts';
import { readVerdictRecord } from './verdict-record.ts';

export interface RecoverDeps {
  readonly log: EventLog;
  readonly group: string;
  /** What the engine reads. */
  readonly topics: readonly string[];
  readonly pipeline: Pipeline;
  onError(error: unknown): void;
}

export interface Recovered {
  /** Highest judged offset by partition: everything up to it is settled. */
  readonly settled: Map<string, bigint>;
  /** Records past it that are dead-lettered already. */
  readonly dead: Set<string>;
  readonly judged: number;
  /** Judged events whose records the log no longer holds: their windows start without them. */
  readonly missing: number;
  /** Verdicts that a crash had kept from being written, and that were written now. */
  readonly completed: number;
}

type Replayed = (record: StoredRecord | null, body: VerdictBody) => void;

/** Reads all verdicts, always on from the partition that lags behind in time, so that few have to wait in memory. */
async function replayVerdicts(log: EventLog, orders: Map<string, ArrivalOrder>, replayed: Replayed): Promise<void> {
  const finders = new Map<string, ReturnType<typeof createFinder>>();

  async function drain(stream: string, order: ArrivalOrder): Promise<void> {
    const finder = finders.get(stream) ?? createFinder(log);
    finders.set(stream, finder);
    for (let body = order.take(); body !== null; body = order.take()) {
      replayed(await finder.at(body.receipt.topic, body.receipt.partition, BigInt(body.receipt.offset)), body);
    }
  }

  let cursors = (await log.ends(TOPICS.verdicts)).map((ends) =>
    createCursor(log, TOPICS.verdicts, ends.partition, ends.begin, ends.end),
  );
  for (
    cursors = cursors.filter((cursor) => !cursor.done);
    cursors.length > 0;
    cursors = cursors.filter((cursor) => !cursor.done)
  ) {
    const behind = cursors.reduce((left, right) => (right.readUpToMs < left.readUpToMs ? right : left));
    for (const record of await behind.next()) {
      const body = readVerdictRecord(record)?.body;
      if (body === undefined || body.revision !== 1) continue;
      const order = orders.get(body.stream) ?? createArrivalOrder();
      orders.set(body.stream, order);
      order.add(body);
    }
    for (const [stream, order] of orders) await drain(stream, order);
  }
  for (const [stream, order] of orders) {
    while (order.skipTrimmed(LIMITS.consumerBatchMax)) await drain(stream, order);
  }
}

function streamOf(record: StoredRecord): string | null {
  if (record.topic === TOPICS.events) return LIVE_STREAM;
  try {
    return String((JSON.parse(record.value) as { stream?: unknown }).stream);
  } catch {
    return null;
  }
}

/** Offsets by stream and partition up to which the events were taken in. */
function createProgress() {
  const upTo = new Map<string, bigint>();
  return {
    settled: new Map<string, bigint>(),
    note({ stream, receipt }: VerdictBody): void {
      const offset = BigInt(receipt.offset);
      const partition = partitionKey(receipt);
      if (offset > (upTo.get(`${stream}|${partition}`) ?? -1n)) upTo.set(`${stream}|${partition}`, offset);
      if (offset > (this.settled.get(partition) ?? -1n)) this.settled.set(partition, offset);
    },
    isTakenIn(record: StoredRecord): boolean {
      return record.offset <= (upTo.get(`${streamOf(record)}|${partitionKey(record)}`) ?? -1n);
    },
  };
}

interface Torn {
  readonly survivors: ReadonlyMap<string, VerdictBody>;
  readonly topic: string;
  readonly partition: number;
  /** Offset after the last survivor. */
  readonly end: bigint;
  /** The batch's own time: all its verdicts carry it. */
  readonly judgedAtMs: number;
}

/** The verdicts that stand behind a gap: what was durable of the one micro-batch that was cut short. */
function tornBatch(orders: ReadonlyMap<string, ArrivalOrder>): Torn | null {
  const bodies = [...orders.values()].flatMap((order) => [...order.waiting.values()]);
  const [sample] = bodies;
  if (sample === undefined) return null;
  const last = bodies.map((body) => BigInt(body.receipt.offset)).reduce((left, right) => (right > left ? right : left));
  const survivors = new Map(bodies.map((body) => [recordKey(body.receipt), body]));
  const { topic, partition } = sample.receipt;
  return { survivors, topic, partition, end: last + 1n, judgedAtMs: Date.parse(sample.judged_at) };
}

/**
 * Rebuilds the state of the engine from the log alone: verdicts tell the order of arrivals, their records tell the events. Nothing
 * that was judged is judged again.
 *
 * A crash while the verdicts of a micro-batch were written may leave some of them durable. Micro-batches are of one partition and
 * written one after the other, so only the last can be torn. Its records are walked once more: those with a verdict are taken
 * in, the others are judged with the batch's own time, so that ids, and the chain of receipts, fit bit for bit.
 */
export async function recover(deps: RecoverDeps): Promise<Recovered> {
  const { log, pipeline } = deps;
  const orders = new Map<string, ArrivalOrder>();
  const progress = createProgress();
  let judged = 0;
  let missing = 0;

  function replayed(record: StoredRecord | null, body: VerdictBody): void {
    judged += 1;
    if (record === null || !pipeline.replay(record, body)) {
      missing += 1;
      pipeline.skip(body);
    }
    progress.note(body);
  }

  function rejoin(record: StoredRecord, body: VerdictBody): void {
    if (previousOf(pipeline.last(body.stream)) !== body.receipt.previous) {
      const message = `the receipt of verdict ${body.id} does not follow: rules, models or lists changed between a crash and this start`;
      deps.onError(new OutsideError('receipt_chain_broken', message, { retryable: false }));
    }
    replayed(record, body);
  }

  async function mend(torn: Torn, dead: ReadonlySet<string>): Promise<LogRecord[]> {
    const from = (await log.committed(torn.topic, deps.group)).get(torn.partition) ?? 0n;
    const cursor = createCursor(log, torn.topic, torn.partition, from, torn.end);
    const lost: LogRecord[] = [];
    while (!cursor.done) {
      for (const record of await cursor.next()) {
        const survivor = torn.survivors.get(recordKey(record));
        if (survivor !== undefined) rejoin(record, survivor);
        else if (!progress.isTakenIn(record) && !dead.has(recordKey(record))) {
          const again = await pipeline.judge([record], torn.judgedAtMs);
          if (again.deadLetters.length > 0) await log.produce(TOPICS.deadLetters, again.deadLetters);
          lost.push(...(await again.verdicts).map((each) => each.record));
        }
      }
    }
    return lost;
  }

  await replayVerdicts(log, orders, replayed);
  const dead = await readDeadPlaces(log, deps.group, deps.topics);
  const torn = tornBatch(orders);
  const completed = torn === null ? [] : await mend(torn, dead);
  if (completed.length > 0) await log.produce(TOPICS.verdicts, completed);
  return { settled: progress.settled, dead, judged, missing, completed: completed.length };
}
