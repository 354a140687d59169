import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { type Clock, OutsideError, type Redacted } from '../../core/index.ts';
import type { AdapterDescription } from '../../platform/adapter.ts';
import { type Analytics, openClickHouse, openEmbeddedAnalytics } from '../../platform/analytics/index.ts';
import { type Chain, openChain, startAnvil } from '../../platform/chain/index.ts';
import { type EventLog, openKafkaEventLog, openSqlEventLog } from '../../platform/event-log/index.ts';
import { openEmbeddedSql, openSqlByUrl, type Sql } from '../../platform/sql/index.ts';
import type { Config } from '../config/read-config.ts';
import type { Scope } from '../run/scope.ts';

export interface PortDeps {
  readonly config: Config;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly logger: FastifyBaseLogger;
}

/** Seconds between blocks of the development chain: quick enough for a person to watch a deposit confirm. */
const DEVELOPMENT_BLOCK_SECONDS = 1;

/** PostgreSQL tells of every start, stop and cut connection; people need to see what it could not do. */
function logServerLine(logger: FastifyBaseLogger, line: string): void {
  const trouble = /\b(ERROR|PANIC|FATAL):/.test(line) && !/terminating connection due to administrator command/.test(line);
  logger[trouble ? 'warn' : 'debug']({ port: 'sql' }, line);
}

/** PostgreSQL by `SQL_URL`, else embedded in the data folder. */
export async function openSql({
  config,
  scope,
  logger,
}: PortDeps): Promise<{ readonly sql: Sql; readonly sqlUrl: Redacted<string> }> {
  if (config.sqlUrl !== null) {
    const sql = await openSqlByUrl({ url: config.sqlUrl });
    scope.onClose('sql', () => sql.close());
    return { sql, sqlUrl: config.sqlUrl };
  }
  const embedded = await openEmbeddedSql({
    dataDirectory: join(config.dataDirectory, 'postgresql'),
    onLog: (line) => logServerLine(logger, line),
    onUnexpectedExit: (status) => logger.error({ port: 'sql', status }, 'the embedded PostgreSQL ended by itself'),
  });
  scope.onClose('sql', () => embedded.stop());
  return { sql: embedded.sql, sqlUrl: embedded.url };
}

/** Apache Kafka by `KAFKA_BROKERS`, else the log in PostgreSQL. */
export async function openEventLog({ config, scope, clock }: PortDeps, sql: Sql): Promise<EventLog> {
  const log =
    config.kafkaBrokers.length > 0
      ? await openKafkaEventLog({ brokers: config.kafkaBrokers, clientId: 'bulwark' })
      : openSqlEventLog({ sql, clock });
  scope.onClose('event-log', () => log.close());
  return log;
}

/** ClickHouse by `CLICKHOUSE_URL`, else chDB in a process of its own. */
export async function openAnalytics({ config, scope, logger }: PortDeps): Promise<Analytics> {
  const analytics =
    config.clickhouseUrl === null
      ? await openEmbeddedAnalytics({
          dataDirectory: join(config.dataDirectory, 'clickhouse'),
          onEngine: ({ kind, message }) => logger.warn({ port: 'analytics', kind }, message),
        })
      : await openClickHouse({ url: config.clickhouseUrl });
  scope.onClose('analytics', () => analytics.close());
  return analytics;
}

/** The configured chain, else a development node whose state stays in the data folder. */
export async function openConfiguredChain({
  config,
  scope,
  logger,
}: PortDeps): Promise<{ chain: Chain; developmentUrl: string | null }> {
  let rpcUrls = config.chainRpcUrls;
  let developmentUrl: string | null = null;
  if (rpcUrls.length === 0) {
    const anvil = await startAnvil({
      dataDirectory: join(config.dataDirectory, 'chain'),
      chainId: config.chainId,
      blockTimeSeconds: DEVELOPMENT_BLOCK_SECONDS,
      onLog: (line) => logger.debug({ port: 'chain' }, line),
    });
    scope.onClose('development chain', () => anvil.stop());
    developmentUrl = anvil.url;
    rpcUrls = [anvil.url];
  }
  const chain = await openChain({
    name: developmentUrl === null ? `chain ${config.chainId}` : 'development chain',
    chainId: config.chainId,
    rpcUrls,
    quorum: config.chainQuorum,
    developmentOnly: developmentUrl !== null,
    onDisagreement: (disagreement) => logger.error({ port: 'chain', disagreement }, 'chain endpoints disagree'),
  });
  scope.onClose('chain', () => chain.close());
  return { chain, developmentUrl };
}

/** Production carries real money: nothing that forgets, nothing made for development. Throws with every offender at once. */
export function refuseForProduction(config: Config, descriptions: readonly AdapterDescription[]): void {
  if (!config.production) return;
  const offenders = descriptions.filter((each) => !each.durable || each.developmentOnly);
  if (offenders.length === 0) return;
  const names = offenders.map(
    (each) => `${each.port} (${each.adapter}: ${each.durable ? 'for development only' : 'not durable'})`,
  );
  throw new OutsideError('production_refused', `NODE_ENV=production refuses ${names.join(', ')}`, { retryable: false });
}

/** One line a port for whoever starts the program. */
export function describePort({ port, adapter, durable, developmentOnly, why }: AdapterDescription): string {
  const notes = [durable ? 'durable' : 'not durable', ...(developmentOnly ? ['development only'] : []), why];
  return `  ${port.padEnd(10)} ${adapter} (${notes.join('; ')})`;
}
