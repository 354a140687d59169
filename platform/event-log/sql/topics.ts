import { OutsideError } from '../../../core/index.ts';
import type { Sql } from '../../sql/index.ts';

export interface Topic {
  readonly id: number;
  readonly name: string;
  readonly partitions: number;
}

export interface Topics {
  /** Throws OutsideError `topic_missing`. */
  get(name: string): Promise<Topic>;
  ensure(topics: readonly { readonly name: string; readonly partitions: number }[]): Promise<void>;
}

/** Topics never change once made, so that each is read once. */
export function createTopics(sql: Sql): Topics {
  const known = new Map<string, Topic>();
  return {
    async get(name) {
      const cached = known.get(name);
      if (cached !== undefined) return cached;
      const [row] = await sql.query<{ id: number; name: string; partitions: number }>(
        'select id, name, partitions from event_log.topics where name = $1',
        [name],
      );
      if (row === undefined)
        throw new OutsideError('topic_missing', `the event log has no topic ${name}: make it with ensureTopics`, {
          retryable: false,
        });
      known.set(name, row);
      return row;
    },
    async ensure(topics) {
      await sql.transaction(async (transaction) => {
        for (const { name, partitions } of topics.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
          await transaction.query(
            'insert into event_log.topics (name, partitions) values ($1, $2) on conflict (name) do nothing',
            [name, partitions],
          );
          await transaction.query(
            `insert into event_log.partitions (topic, partition)
               select id, generate_series(0, partitions - 1) from event_log.topics where name = $1
             on conflict do nothing`,
            [name],
          );
        }
      });
    },
  };
}
