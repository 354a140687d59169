import { MINUTE_MS, TOPICS } from '../../core/index.ts';
import type { EventLog, StoredRecord } from '../../platform/event-log/port.ts';
import type { DeadLetter } from './dead-letters.ts';
import { recordKey } from './place.ts';

const READ_MAX = 500;

/** Other stages write letters as well; only these say that the engine is done with a record. */
const ENGINE_STAGES: readonly string[] = ['decode', 'features'];

/** When the log took the oldest record of `topics` that the group has not committed, or null where all is committed. */
async function oldestUncommittedMs(log: EventLog, group: string, topics: readonly string[]): Promise<number | null> {
  let oldest: number | null = null;
  for (const topic of topics) {
    const committed = await log.committed(topic, group);
    for (const { partition, begin, end } of await log.ends(topic)) {
      const from = committed.get(partition) ?? begin;
      if (from >= end) continue;
      const [record] = await log.read(topic, partition, from, 1);
      if (record !== undefined && (oldest === null || record.timestampMs < oldest)) oldest = record.timestampMs;
    }
  }
  return oldest;
}

function placeOf(record: StoredRecord): string | null {
  try {
    const letter = JSON.parse(record.value) as DeadLetter;
    if (!ENGINE_STAGES.includes(letter.stage)) return null;
    return recordKey({ topic: letter.source_topic, partition: letter.partition, offset: letter.offset });
  } catch {
    return null;
  }
}

/**
 * The records that were dead-lettered before a crash and will be delivered again. A letter is younger than its record, so the topic
 * is read backwards only as far as the oldest uncommitted record (and a minute, for brokers whose clocks differ).
 */
export async function readDeadPlaces(log: EventLog, group: string, topics: readonly string[]): Promise<Set<string>> {
  const places = new Set<string>();
  const oldest = await oldestUncommittedMs(log, group, topics);
  if (oldest === null) return places;
  for (const { partition, begin, end } of await log.ends(TOPICS.deadLetters)) {
    let to = end;
    let youngerMs = Number.POSITIVE_INFINITY;
    while (to > begin && youngerMs >= oldest - MINUTE_MS) {
      const from = to - BigInt(READ_MAX) > begin ? to - BigInt(READ_MAX) : begin;
      const records = (await log.read(TOPICS.deadLetters, partition, from, READ_MAX)).filter((record) => record.offset < to);
      for (const record of records) {
        const place = placeOf(record);
        if (place !== null) places.add(place);
      }
      youngerMs = records[0]?.timestampMs ?? youngerMs;
      to = from;
    }
  }
  return places;
}
