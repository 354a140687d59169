import { canonicalJson, type EventEnvelope, TOPICS, type Verdict } from '../../../core/index.ts';
import type { EventLog, StoredRecord } from '../../../platform/event-log/index.ts';
import { type Judgement, type Recomputed, recomputeStream } from '../../../ingest/index.ts';
import type { RunningBulwark } from '../../../app/run/start-bulwark.ts';
import { createFeatureEngine, createFreezeBudget, createPolicy } from '../../../rules/index.ts';

const PAGE = 500;

/** Every record of a topic, partition by partition. */
export async function readTopic(log: EventLog, topic: string): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  for (const { partition, begin, end } of await log.ends(topic)) {
    for (let offset = begin; offset < end;) {
      const records = await log.read(topic, partition, offset, PAGE);
      const last = records.at(-1);
      if (last === undefined) break;
      all.push(...records);
      offset = last.offset + 1n;
    }
  }
  return all;
}

export interface LoggedEvent {
  readonly event: EventEnvelope;
  readonly record: StoredRecord;
}

export async function readEvents(log: EventLog): Promise<LoggedEvent[]> {
  const records = await readTopic(log, TOPICS.events);
  return records.map((record) => ({ record, event: JSON.parse(record.value) as EventEnvelope }));
}

/** Verdicts of the live stream in the order of arrival, the same one sent twice counted once. */
export async function readVerdicts(log: EventLog): Promise<Verdict[]> {
  const byId = new Map<string, Verdict>();
  for (const record of await readTopic(log, TOPICS.verdicts)) {
    const verdict = JSON.parse(record.value) as Verdict;
    const before = byId.get(verdict.body.id);
    if (before !== undefined && canonicalJson(before) !== canonicalJson(verdict)) {
      throw new Error(`verdict ${verdict.body.id} was issued twice, and not the same`);
    }
    byId.set(verdict.body.id, verdict);
  }
  return [...byId.values()].toSorted((left, right) => Number(left.body.receipt.arrival) - Number(right.body.receipt.arrival));
}

/** Each verdict with the record it was made from. */
async function* judgementsOf(log: EventLog, verdicts: readonly Verdict[]): AsyncGenerator<Judgement> {
  for (const verdict of verdicts) {
    const { topic, partition, offset } = verdict.body.receipt;
    const [record] = await log.read(topic, partition, BigInt(offset), 1);
    if (record === undefined) throw new Error(`the record of verdict ${verdict.body.id} is gone`);
    yield { verdict, record };
  }
}

/** Judges the whole live stream again out of the log: arrivals, chain of receipts, features, rules and policy. */
export async function recomputeRoad({ log, judging }: RunningBulwark): Promise<Recomputed> {
  const { book, evaluator } = judging;
  return recomputeStream(judgementsOf(log, await readVerdicts(log)), {
    rules: evaluator,
    policy: createPolicy(book.policy),
    features: () => createFeatureEngine(book.features),
    budget: () => createFreezeBudget(book.rules),
  });
}
