import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { type Clock, OutsideError, type Redacted } from '../../core/index.ts';
import { applyAnalyticsSchema } from '../../dashboards/landing/index.ts';
import type { AdapterDescription } from '../../platform/adapter.ts';
import { type Analytics, openClickHouse, openEmbeddedAnalytics } from '../../platform/analytics/index.ts';
import { type Chain, openChain, startAnvil } from '../../platform/chain/index.ts';
import { type EventLog, openKafkaEventLog, openSqlEventLog } from '../../platform/event-log/index.ts';
import { openEmbeddedSql, openSqlByUrl, type Sql } from '../../platform/sql/index.ts';
import type { Config } from '../config/read-config.ts';
import type { Scope } from '../run/scope.ts';
import { assertAnyAccepts } from './any-accepts.ts';
import { openPatientAnalytics } from './patient-analytics.ts';
import { prepareTopics } from './prepare-topics.ts';
import { type Patience, untilThere } from './until-there.ts';

export interface PortDeps {
  readonly config: Config;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly logger: FastifyBaseLogger;
  /** Ends every wait for what is away. */
  readonly signal?: AbortSignal | undefined;
}

const patienceOf = ({ logger, signal }: PortDeps, port: string): Patience => ({
  onNote: (message) => logger.warn({ port }, message),
  signal,
});

/** Seconds between blocks of the development chain: quick enough for a person to watch a deposit confirm. */
const DEVELOPMENT_BLOCK_SECONDS = 1;

/** PostgreSQL tells of every start, stop and cut connection; people need to see what it could not do. */
function logServerLine(logger: FastifyBaseLogger, line: string): void {
  const trouble = /\b(ERROR|PANIC|FATAL):/.test(line) && !/terminating connection due to administrator command/.test(line);
  logger[trouble ? 'warn' : 'debug']({ port: 'sql' }, line);
}

/** PostgreSQL by `SQL_URL`, else embedded in the data folder. */
export async function openSql(deps: PortDeps): Promise<{ readonly sql: Sql; readonly sqlUrl: Redacted<string> }> {
  const { config, scope, logger } = deps;
  const { sqlUrl: url } = config;
  if (url !== null) {
    const sql = await untilThere(() => openSqlByUrl({ url }), patienceOf(deps, 'sql'));
    scope.onClose('sql', () => sql.close());
    return { sql, sqlUrl: url };
  }
  const embedded = await openEmbeddedSql({
    dataDirectory: join(config.dataDirectory, 'postgresql'),
    onLog: (line) => logServerLine(logger, line),
    onUnexpectedExit: (status) => logger.error({ port: 'sql', status }, 'the embedded PostgreSQL ended by itself'),
  });
  scope.onClose('sql', () => embedded.stop());
  return { sql: embedded.sql, sqlUrl: embedded.url };
}

async function openKafka({ config, logger }: PortDeps): Promise<EventLog> {
  await assertAnyAccepts(config.kafkaBrokers);
  const log = await openKafkaEventLog({
    brokers: config.kafkaBrokers,
    clientId: 'bulwark',
    onLog: (line) => logger.debug({ port: 'event-log' }, line),
  });
  try {
    // A broker that has just come up takes connections before it can make topics.
    await prepareTopics(log);
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Apache Kafka by `KAFKA_BROKERS`, else the log in PostgreSQL; its topics are there. */
export async function openEventLog(deps: PortDeps, sql: Sql): Promise<EventLog> {
  const { config, scope, clock } = deps;
  const log =
    config.kafkaBrokers.length > 0
      ? await untilThere(() => openKafka(deps), patienceOf(deps, 'event-log'))
      : openSqlEventLog({ sql, clock });
  scope.onClose('event-log', () => log.close());
  if (config.kafkaBrokers.length === 0) await prepareTopics(log);
  return log;
}

/** ClickHouse by `CLICKHOUSE_URL`, else chDB in a process of its own; away or not, the start goes on. */
export async function openAnalytics({ config, scope, logger }: PortDeps): Promise<Analytics> {
  const { clickhouseUrl: url } = config;
  const analytics = await openPatientAnalytics({
    place: url === null ? 'embedded ClickHouse' : `ClickHouse at ${URL.parse(url.reveal())?.host ?? 'no address'}`,
    open: () =>
      url === null
        ? openEmbeddedAnalytics({
            dataDirectory: join(config.dataDirectory, 'clickhouse'),
            onEngine: ({ kind, message }) => logger.warn({ port: 'analytics', kind }, message),
          })
        : openClickHouse({ url }),
    prepare: applyAnalyticsSchema,
    onNote: (message) => logger.warn({ port: 'analytics' }, message),
  });
  scope.onClose('analytics', () => analytics.close());
  return analytics;
}

/** The configured chain, else a development node whose state stays in the data folder. */
export async function openConfiguredChain(deps: PortDeps): Promise<{ chain: Chain; developmentUrl: string | null }> {
  const { config, scope, logger } = deps;
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
    why: developmentUrl === null ? 'CHAIN_RPC_URLS is set' : 'CHAIN_RPC_URLS is not set',
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
