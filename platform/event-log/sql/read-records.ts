import type { SqlExecutor } from '../../sql/index.ts';
import type { StoredRecord } from '../port.ts';
import type { Topic } from './topics.ts';

interface Row extends Record<string, unknown> {
  readonly offset: bigint;
  readonly at_ms: bigint;
  readonly key: string;
  readonly value: string;
  readonly headers: string;
}

/** Up to `limit` records of the partition, from `offset` on, in order. */
export async function readRecords(
  sql: SqlExecutor,
  topic: Topic,
  partition: number,
  offset: bigint,
  limit: number,
): Promise<StoredRecord[]> {
  const rows = await sql.query<Row>(
    'select "offset", at_ms, key, value, headers from event_log.records where topic = $1 and partition = $2 and "offset" >= $3 order by "offset" limit $4',
    [topic.id, partition, offset, limit],
  );
  return rows.map((row) => ({
    topic: topic.name,
    partition,
    offset: row.offset,
    timestampMs: Number(row.at_ms),
    key: row.key,
    value: row.value,
    headers: JSON.parse(row.headers) as Record<string, string>,
  }));
}
