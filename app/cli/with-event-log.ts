import { systemClock } from '../../platform/clock/index.ts';
import type { EventLog } from '../../platform/event-log/index.ts';
import type { Config } from '../config/read-config.ts';
import { openEventLog } from '../ports/open-ports.ts';
import { createScope } from '../run/scope.ts';
import { createLogger } from './logger.ts';
import { withWalletSql } from './with-wallet-sql.ts';

/** Gives a command the event log, of the running instance or its own. */
export function withEventLog<Value>(config: Config, work: (log: EventLog) => Promise<Value>): Promise<Value> {
  return withWalletSql(config, async (sql, opened) => {
    const logger = createLogger('warn');
    const scope = createScope((name, error) => logger.error({ err: error, part: name }, 'did not stop in order'));
    try {
      const log = await openEventLog({ config: opened, scope, clock: systemClock, logger }, sql);
      return await work(log);
    } finally {
      await scope.close();
    }
  });
}
