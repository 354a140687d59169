import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ClickHouseHttpFront {
  /** `http://user:password@127.0.0.1:port`: what `openClickHouse` takes. */
  readonly url: string;
  stop(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('./clickhouse-http-front-main.ts', import.meta.url));

/**
 * The real engine (chDB) behind enough of ClickHouse's HTTP interface that the official client's own URL path is exercised where
 * no server can be had: settings and parameters in the URL, rows in the body, exceptions by header and text, Basic credentials.
 * It is a process of its own, over a folder that outlives it.
 */
export async function startClickHouseHttpFront(options: {
  readonly dataDirectory: string;
  readonly user?: string;
  readonly password?: string;
}): Promise<ClickHouseHttpFront> {
  const { dataDirectory, user = 'default', password = 'front' } = options;
  const child = fork(MAIN, [dataDirectory, user, password], {
    execPath: process.execPath,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const gone = once(child, 'exit');
  const port = await Promise.race([
    once(child, 'message').then(([message]) => (message as { port: number }).port),
    gone.then(([code, signal]) => {
      throw new Error(`the HTTP front ended before it listened: ${String(code ?? signal)}`);
    }),
  ]);
  return {
    url: `http://${user}:${password}@127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
