import { type EventEnvelope, refuse, type Result, succeed, TOPICS } from '../../core/index.ts';
import type { DeadLetter } from '../../ingest/index.ts';
import type { EventLog } from '../../platform/event-log/index.ts';

/** Records read at a time. */
const PAGE = 500;

/** Every letter of the log, oldest first; the same refusal written twice is one letter. */
async function* letters(log: EventLog): AsyncGenerator<DeadLetter> {
  const seen = new Set<string>();
  for (const { partition, begin, end } of await log.ends(TOPICS.deadLetters)) {
    for (let offset = begin; offset < end;) {
      const records = await log.read(TOPICS.deadLetters, partition, offset, PAGE);
      const last = records.at(-1);
      if (last === undefined) break;
      for (const record of records) {
        const letter = JSON.parse(record.value) as DeadLetter;
        if (!seen.has(letter.id)) yield letter;
        seen.add(letter.id);
      }
      offset = last.offset + 1n;
    }
  }
}

/** The newest `limit` letters, newest first. */
export async function listDeadLetters(log: EventLog, limit: number): Promise<DeadLetter[]> {
  const newest: DeadLetter[] = [];
  for await (const letter of letters(log)) {
    newest.push(letter);
    if (newest.length > limit) newest.shift();
  }
  return newest.toReversed();
}

type ReplayRefusal = 'letter_unknown' | 'letter_not_on_a_topic' | 'record_gone' | 'record_not_json';

/**
 * Sends the record of a letter again, as it was, with the same event id and `replayedfrom`: for events that were refused for a
 * reason that has since gone (an unknown type, a clock that was wrong). What was judged before is dropped as seen.
 */
export async function replayDeadLetter(log: EventLog, id: string): Promise<Result<{ topic: string }, ReplayRefusal>> {
  let found: DeadLetter | undefined;
  for await (const letter of letters(log)) if (letter.id === id) found = letter;
  if (found === undefined) return refuse('letter_unknown', `there is no dead letter ${id}`);
  if (found.source_topic !== TOPICS.events && found.source_topic !== TOPICS.imports) {
    return refuse(
      'letter_not_on_a_topic',
      `it came from ${found.source_topic}, line ${found.offset}: mend the file and import it again; what was taken is not taken twice`,
    );
  }
  const [record] = await log.read(found.source_topic, found.partition, BigInt(found.offset), 1);
  if (record === undefined || record.offset !== BigInt(found.offset))
    return refuse('record_gone', 'the log no longer holds the record');
  let event: EventEnvelope;
  try {
    event = JSON.parse(record.value) as EventEnvelope;
  } catch {
    return refuse('record_not_json', 'the record is not JSON: its producer has to send it again, mended');
  }
  const value = JSON.stringify({ ...event, replayedfrom: id });
  await log.produce(found.source_topic, [{ key: record.key, value, headers: record.headers }]);
  return succeed({ topic: found.source_topic });
}
