import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BulwarkEvent, TOPICS, WALLET_SOURCE } from '../../core/index.ts';
import { NO_METRICS } from '../../ingest/index.ts';
import { openEngine } from '../../app/wire/open-engine.ts';
import { loadKeys } from '../../app/wire/load-keys.ts';
import { readConfig } from '../../app/config/read-config.ts';
import { prepareTopics } from '../../app/ports/prepare-topics.ts';
import { createLogger } from '../../app/cli/logger.ts';
import { systemClock } from '../../platform/clock/index.ts';
import { type EventLog, eventLogMigrations, openKafkaEventLog, openSqlEventLog } from '../../platform/event-log/index.ts';
import { migrate, openEmbeddedSql } from '../../platform/sql/index.ts';
import { environment } from '../services/environment.ts';
import { findJava, jarsFetchable, startBroker } from '../services/kafka-broker.ts';
import { removeRunFolder } from '../services/run-folder.ts';
import { type Bench, type Figures, perSecond } from './bench.ts';
import { sampleEvents } from './sample-events.ts';

const EVENTS = 20_000;
/** Records of one produce call, as the relay sends them. */
const BATCH = 500;

async function produceAll(log: EventLog, events: readonly BulwarkEvent[]): Promise<void> {
  for (let from = 0; from < events.length; from += BATCH) {
    const records = events
      .slice(from, from + BATCH)
      .map((event) => ({ key: event.subject, value: JSON.stringify(event), headers: { source: event.source, id: event.id } }));
    await log.produce(TOPICS.events, records);
  }
}

/** From the first event on the log until the last signed verdict is durable there; loading the log is part of it. */
async function measure(log: EventLog, folder: string): Promise<number> {
  const config = readConfig({ BULWARK_DATA: folder });
  const keys = await loadKeys(config);
  await prepareTopics(log);
  let verdicts = 0;
  const done = Promise.withResolvers<void>();
  const { engine, parts } = await openEngine({
    config,
    log,
    clock: systemClock,
    keys,
    metrics: NO_METRICS,
    logger: createLogger('error'),
    onVerdict() {
      verdicts += 1;
      if (verdicts === EVENTS) done.resolve();
    },
  });
  const events = sampleEvents(EVENTS, WALLET_SOURCE, Date.now());
  await engine.start();
  const begun = performance.now();
  await Promise.all([produceAll(log, events), done.promise]);
  const milliseconds = performance.now() - begun;
  await engine.stop();
  await parts.scorer.close();
  return perSecond(EVENTS, milliseconds);
}

async function embedded(folder: string): Promise<number> {
  const postgres = await openEmbeddedSql({ dataDirectory: join(folder, 'postgresql') });
  try {
    await migrate(postgres.sql, [eventLogMigrations]);
    const log = openSqlEventLog({ sql: postgres.sql, clock: systemClock });
    const rate = await measure(log, folder);
    await log.close();
    return rate;
  } finally {
    await postgres.stop();
  }
}

/** Brokers of `KAFKA_BROKERS`, or one of our own on the same machine; null where neither can be had. */
async function brokersFor(folder: string): Promise<readonly string[] | null> {
  if (environment.kafkaBrokers !== null) return environment.kafkaBrokers.split(',');
  const java = await findJava();
  return java !== null && (await jarsFetchable()) ? (await startBroker(java, folder)).brokers : null;
}

async function kafka(folder: string, brokers: readonly string[]): Promise<number> {
  const log = await openKafkaEventLog({ brokers, clientId: 'bulwark-bench' });
  try {
    return await measure(log, folder);
  } finally {
    await log.close();
  }
}

async function run(say: (line: string) => void): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'bulwark-bench-'));
  await mkdir(join(folder, 'pids'));
  try {
    say(`pipeline: ${EVENTS} events through the log in PostgreSQL`);
    const figures: Record<string, number> = { events: EVENTS, embedded_events_per_s: await embedded(join(folder, 'embedded')) };
    const brokers = await brokersFor(folder);
    if (brokers === null) say('pipeline: no Kafka (give KAFKA_BROKERS, or have Java 17 and Maven): its figure is left out');
    else {
      say(`pipeline: ${EVENTS} events through Apache Kafka`);
      figures['kafka_events_per_s'] = await kafka(join(folder, 'kafka-engine'), brokers);
    }
    return figures;
  } finally {
    await removeRunFolder(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

export const pipelineBench: Bench = {
  name: 'pipeline',
  title: 'events to signed, durable verdicts: embedded log and Apache Kafka',
  run,
};
