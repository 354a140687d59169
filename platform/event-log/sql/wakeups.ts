import type { Sql } from '../../sql/index.ts';
import type { Topic } from './topics.ts';

const CHANNEL = 'event_log';

/** What a subscription wants to hear. `null` partitions: notices may have been missed, look everywhere. */
export interface WakeupHandlers {
  onAppend(topic: number, partitions: readonly number[] | null): void;
  onGroupChange(group: string): void;
}

export interface Wakeups {
  add(handlers: WakeupHandlers): () => void;
  /** Tells the subscriptions of this process at once, and those of others by NOTIFY. Never fails: whoever misses it polls. */
  appended(topic: Topic, partitions: ReadonlySet<number>): void;
  groupChanged(group: string): Promise<void>;
  close(): Promise<void>;
}

type Notice = { readonly from: string } & (
  | { readonly topic: number; readonly partitions: readonly number[] }
  | { readonly group: string }
);

/**
 * NOTIFY is sent after the append, not inside: PostgreSQL commits notifying transactions one by one, which would end group commit.
 * One notice is under way at a time; appends in the meantime go into the next.
 */
export function createWakeups(sql: Sql, self: string): Wakeups {
  const listeners = new Set<WakeupHandlers>();
  const waiting = new Map<number, Set<number>>();
  let sending: Promise<void> | null = null;
  let unlisten: Promise<() => Promise<void>> | null = null;

  function receive(payload: string): void {
    if (payload === '') {
      for (const listener of listeners) listener.onAppend(-1, null);
      return;
    }
    const notice = JSON.parse(payload) as Notice;
    if ('group' in notice) for (const listener of listeners) listener.onGroupChange(notice.group);
    else if (notice.from !== self) for (const listener of listeners) listener.onAppend(notice.topic, notice.partitions);
  }

  async function sendAll(): Promise<void> {
    try {
      while (waiting.size > 0) {
        const notices = [...waiting].map(([topic, partitions]): Notice => ({ from: self, topic, partitions: [...partitions] }));
        waiting.clear();
        for (const notice of notices) await sql.query('select pg_notify($1, $2)', [CHANNEL, JSON.stringify(notice)]);
      }
    } catch {
      // Whoever misses the notice polls.
    } finally {
      sending = null;
    }
  }

  return {
    add(handlers) {
      listeners.add(handlers);
      // Without LISTEN the poll still finds everything, only later; the next subscription tries again.
      unlisten ??= sql.listen(CHANNEL, receive);
      unlisten.catch(() => {
        unlisten = null;
      });
      return () => listeners.delete(handlers);
    },
    appended(topic, partitions) {
      for (const listener of listeners) listener.onAppend(topic.id, [...partitions]);
      waiting.set(topic.id, new Set([...(waiting.get(topic.id) ?? []), ...partitions]));
      sending ??= sendAll();
    },
    async groupChanged(group) {
      await sql.query('select pg_notify($1, $2)', [CHANNEL, JSON.stringify({ from: self, group } satisfies Notice)]);
    },
    async close() {
      await sending;
      const stop = await unlisten?.catch(() => null);
      await stop?.();
    },
  };
}
