import { resolve } from 'node:path';
import { systemClock } from '../../platform/clock/index.ts';
import type { Sql } from '../../platform/sql/index.ts';
import type { Config } from '../config/read-config.ts';
import { openSql } from '../ports/open-ports.ts';
import { attachToRunningSql } from '../run/running-file.ts';
import { lockDataFolder } from '../run/instance-lock.ts';
import { migrateAll } from '../run/migrate-all.ts';
import { createScope } from '../run/scope.ts';
import { createLogger } from './logger.ts';

/** Gives a command the database: the one of the running instance where there is one, else its own for as long as it works. */
export async function withWalletSql<Value>(given: Config, work: (sql: Sql, config: Config) => Promise<Value>): Promise<Value> {
  const config: Config = { ...given, dataDirectory: resolve(given.dataDirectory) };
  const logger = createLogger('warn');
  const scope = createScope((name, error) => logger.error({ err: error, part: name }, 'did not stop in order'));
  try {
    const running = config.sqlUrl === null ? await attachToRunningSql(config.dataDirectory) : null;
    if (running !== null) {
      scope.onClose('sql', () => running.close());
      return await work(running, config);
    }
    if (config.sqlUrl === null) scope.onClose('data folder', await lockDataFolder(config.dataDirectory));
    const { sql } = await openSql({ config, scope, clock: systemClock, logger });
    await migrateAll(sql);
    return await work(sql, config);
  } finally {
    await scope.close();
  }
}
