import { resolve as resolvePath } from 'node:path';
import { OutsideError } from '../../core/index.ts';
import { type EngineCall, type EngineProcess, startEngineProcess } from './embedded/engine-process.ts';
import { ANALYTICS_LIMITS } from './limits.ts';
import type { Analytics } from './port.ts';
import { assertName, decodeRows, encodeRows, wireParameters } from './rows.ts';

export interface EmbeddedAnalyticsOptions {
  /** A folder of its own; made if missing. One process at a time. */
  readonly dataDirectory: string;
  readonly why?: string;
  /** Told of each crash and restart of the engine's process. */
  readonly onEngine?: (note: { readonly kind: 'crashed' | 'restarted' | 'restart_failed'; readonly message: string }) => void;
}

/** The embedded adapter shows which process holds the engine: for `doctor`, and for tests that kill it. */
export interface EmbeddedAnalytics extends Analytics {
  enginePid(): number | undefined;
}

/**
 * ClickHouse in a child process (chDB behind the official client): its native code can neither stall nor kill this one.
 * A crash rejects what was in flight with `engine_crashed` (retryable) and the engine starts again with back-off.
 * Throws OutsideError `data_in_use` (another process has the folder) or `engine_crashed` (it cannot run here).
 */
export async function openEmbeddedAnalytics(options: EmbeddedAnalyticsOptions): Promise<EmbeddedAnalytics> {
  const keeper = await keepEngineRunning(resolvePath(options.dataDirectory), options.onEngine ?? (() => {}));
  return {
    description: {
      port: 'analytics',
      adapter: `embedded ClickHouse ${keeper.version} (chDB)`,
      durable: true,
      developmentOnly: false,
      why: options.why ?? 'CLICKHOUSE_URL is not set',
    },
    enginePid: () => keeper.pid(),
    async insert(table, rows, token) {
      assertName(table, 'table');
      if (rows.length === 0) return;
      const { columns, lines } = encodeRows(rows);
      await keeper.call({ kind: 'insert', table, columns, body: lines.join('\n'), token });
    },
    async query(sql, parameters = {}) {
      return decodeRows(await keeper.call({ kind: 'query', sql, parameters: wireParameters(parameters) }));
    },
    async command(sql) {
      await keeper.call({ kind: 'command', sql });
    },
    close: () => keeper.close(),
  };
}

interface Keeper {
  readonly version: string;
  pid(): number | undefined;
  call(request: EngineCall): Promise<string>;
  close(): Promise<void>;
}

async function keepEngineRunning(
  directory: string,
  onEngine: NonNullable<EmbeddedAnalyticsOptions['onEngine']>,
): Promise<Keeper> {
  let engine: EngineProcess | undefined = await startEngineProcess(directory);
  const { version } = engine;
  let starting: Promise<EngineProcess> | undefined;
  let pauseMs: number = ANALYTICS_LIMITS.restartMsMin;
  let closing: Promise<void> | undefined;
  let stopPause: (() => void) | undefined;

  const watch = (running: EngineProcess): void => {
    const startAgain = async (): Promise<void> => {
      await running.gone;
      if (closing !== undefined) return;
      engine = undefined;
      onEngine({ kind: 'crashed', message: `engine process ${running.pid} ended; starting again in ${pauseMs} ms` });
      starting = restart();
      // It rejects only when the adapter is closed meanwhile; who waits is told by `call`.
      starting.catch(() => {});
    };
    void startAgain();
  };
  const restart = async (): Promise<EngineProcess> => {
    for (;;) {
      if (closing !== undefined) throw closedError();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs);
        stopPause = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (closing !== undefined) throw closedError();
      pauseMs = Math.min(pauseMs * 2, ANALYTICS_LIMITS.restartMsMax);
      try {
        const started = await startEngineProcess(directory);
        engine = started;
        watch(started);
        onEngine({ kind: 'restarted', message: `engine process ${started.pid}` });
        return started;
      } catch (error) {
        onEngine({ kind: 'restart_failed', message: error instanceof Error ? error.message : String(error) });
      }
    }
  };
  const close = async (): Promise<void> => {
    stopPause?.();
    await starting?.catch(() => {});
    const last = engine;
    engine = undefined;
    if (last !== undefined) await endEngine(last);
  };
  watch(engine);
  return {
    version,
    pid: () => engine?.pid,
    async call(request) {
      if (closing !== undefined) throw closedError();
      const answer = await (engine ?? (await soon(starting))).call(request);
      pauseMs = ANALYTICS_LIMITS.restartMsMin;
      return answer;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

async function endEngine(engine: EngineProcess): Promise<void> {
  const timer = setTimeout(() => engine.kill(), ANALYTICS_LIMITS.closeMsMax);
  // It may die before it answers, which is what we want of it anyway.
  await engine.call({ kind: 'close' }).catch(() => {});
  await engine.gone;
  clearTimeout(timer);
}

function closedError(): OutsideError {
  return new OutsideError('analytics_closed', 'the analytics adapter was closed', { retryable: false });
}

/** A restart that takes longer than a request may is an answer too. */
async function soon(starting: Promise<EngineProcess> | undefined): Promise<EngineProcess> {
  const late = new OutsideError('engine_starting', 'the embedded ClickHouse is starting again', { retryable: true });
  if (starting === undefined) throw late;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      starting,
      new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(late), ANALYTICS_LIMITS.requestMsMax);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
