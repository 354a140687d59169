import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { OutsideError, SECOND_MS } from '../../core/index.ts';
import { toOutsideError } from './sql-errors.ts';

/** First pause after a lost connection, doubled up to the last: a restart of the server takes about a second. */
const RECONNECT_MS = { first: 50, last: 5 * SECOND_MS } as const;

type OnNotify = (payload: string) => void;

export interface Listener {
  listen(channel: string, onNotify: OnNotify): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

function createTurns(): <Value>(task: () => Promise<Value>) => Promise<Value> {
  let queue: Promise<unknown> = Promise.resolve();
  return (task) => {
    const next = queue.then(task, task);
    queue = next.catch(() => {});
    return next;
  };
}

/** Reads notices from `client` until it ends; a client that ends by itself calls `onLost`. */
async function openClient(
  config: pg.ClientConfig,
  channels: Iterable<string>,
  onNotice: (channel: string, payload: string) => void,
  onLost: (client: pg.Client) => void,
): Promise<pg.Client> {
  const client = new pg.Client(config);
  client.on('error', () => {});
  client.on('notification', ({ channel, payload }) => onNotice(channel, payload ?? ''));
  try {
    await client.connect();
    for (const channel of channels) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
  client.on('end', () => onLost(client));
  return client;
}

/** LISTEN over one connection of its own for all channels; opened with the first channel, reconnected when lost. */
export function createListener(config: pg.ClientConfig, place: string): Listener {
  const handlers = new Map<string, Set<OnNotify>>();
  const closing = new AbortController();
  let client: pg.Client | null = null;
  // Statements and (re)connections take turns, so that no channel is listened to on a connection that is being replaced.
  const inTurn = createTurns();

  function notify(channel: string, payload: string): void {
    for (const onNotify of handlers.get(channel) ?? []) onNotify(payload);
  }

  function onLost(lost: pg.Client): void {
    if (client !== lost) return;
    client = null;
    void inTurn(reconnect);
  }

  async function connect(): Promise<void> {
    client = await openClient(config, handlers.keys(), notify, onLost);
  }

  async function reconnect(): Promise<void> {
    for (
      let pauseMs: number = RECONNECT_MS.first;
      !closing.signal.aborted && client === null;
      pauseMs = Math.min(pauseMs * 2, RECONNECT_MS.last)
    ) {
      try {
        await connect();
      } catch {
        await sleep(pauseMs, undefined, { signal: closing.signal, ref: false }).catch(() => {});
      }
    }
    if (closing.signal.aborted) return;
    for (const channel of handlers.keys()) notify(channel, '');
  }

  async function remove(channel: string, onNotify: OnNotify): Promise<void> {
    const set = handlers.get(channel);
    if (!set?.delete(onNotify) || set.size > 0) return;
    handlers.delete(channel);
    await client?.query(`UNLISTEN ${pg.escapeIdentifier(channel)}`).catch(() => {});
  }

  async function add(channel: string, onNotify: OnNotify): Promise<void> {
    if (closing.signal.aborted)
      throw new OutsideError('sql_closed', `PostgreSQL at ${place}: the connection was closed by us`, { retryable: false });
    const known = handlers.get(channel);
    if (known !== undefined) {
      known.add(onNotify);
      return;
    }
    handlers.set(channel, new Set([onNotify]));
    try {
      if (client === null) await connect();
      else await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      handlers.delete(channel);
      throw toOutsideError(error, place);
    }
  }

  return {
    async listen(channel, onNotify) {
      // One function given twice is two listeners.
      const own: OnNotify = (payload) => onNotify(payload);
      await inTurn(() => add(channel, own));
      return () => inTurn(() => remove(channel, own));
    },
    async close() {
      closing.abort();
      await inTurn(async () => {
        const last = client;
        client = null;
        await last?.end().catch(() => {});
      });
    },
  };
}
