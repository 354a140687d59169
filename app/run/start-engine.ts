import { resolve } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { TOPICS } from '../../core/index.ts';
import { createLanding } from '../../dashboards/landing/index.ts';
import { NO_METRICS } from '../../ingest/index.ts';
import type { Analytics } from '../../platform/analytics/index.ts';
import { systemClock } from '../../platform/clock/index.ts';
import type { EventLog } from '../../platform/event-log/index.ts';
import type { Config } from '../config/read-config.ts';
import { openAnalytics, openEventLog, openSql } from '../ports/open-ports.ts';
import { loadKeys } from '../wire/load-keys.ts';
import { openEngine } from '../wire/open-engine.ts';
import { lockDataFolder } from './instance-lock.ts';
import { migrateAll } from './migrate-all.ts';
import { createScope, type Scope } from './scope.ts';
import { settleAll } from './settle-all.ts';

/** Engine and landing alone: no wallet, no chain, no HTTP. For imports, and for who only wants to judge. */
export interface RunningEngine {
  readonly log: EventLog;
  readonly analytics: Analytics;
  stop(): Promise<void>;
}

async function open(given: Config, logger: FastifyBaseLogger, scope: Scope): Promise<RunningEngine> {
  const config: Config = { ...given, dataDirectory: resolve(given.dataDirectory) };
  scope.onClose('data folder', await lockDataFolder(config.dataDirectory));
  const clock = systemClock;
  const deps = { config, scope, clock, logger };
  const [{ sql }, analytics, keys] = await settleAll([openSql(deps), openAnalytics(deps), loadKeys(config)]);
  await migrateAll(sql);
  const log = await openEventLog(deps, sql);
  const { engine, parts } = await openEngine({ ...deps, log, keys, metrics: NO_METRICS, onVerdict: () => undefined });
  scope.onClose('models', () => parts.scorer.close());
  const onError = (error: unknown): void => logger.error({ err: error }, 'landing');
  const landing = createLanding({ analytics, log, clock, eventTopics: [TOPICS.events, TOPICS.imports], onError });
  scope.onClose('landing', () => landing.stop());
  await landing.start();
  scope.onClose('engine', () => engine.stop());
  await engine.start();
  return { log, analytics, stop: () => scope.close() };
}

export async function startEngine(config: Config, logger: FastifyBaseLogger): Promise<RunningEngine> {
  const scope = createScope((name, error) => logger.error({ err: error, part: name }, 'did not stop in order'));
  try {
    return await open(config, logger, scope);
  } catch (error) {
    await scope.close();
    throw error;
  }
}
