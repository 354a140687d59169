import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { environment } from './environment.ts';
import {
  DOWNLOAD_MS_MAX,
  findJava,
  JAVA_VERSION_MIN,
  jarsFetchable,
  type KafkaService,
  START_MS_MAX,
  startBroker,
} from './kafka-broker.ts';
import type { FoundService, ServiceFixture } from './require-service.ts';

export type { KafkaService } from './kafka-broker.ts';

type Outcome = { readonly service: KafkaService } | { readonly error: string };

/** The first test file to ask starts the broker of the run, the others wait for what it writes down. */
async function startOnce(java: string): Promise<KafkaService> {
  const runFolder = inject('servicesFolder');
  const file = join(runFolder, 'kafka.json');
  const first = await mkdir(join(runFolder, 'kafka.lock')).then(
    () => true,
    () => false,
  );
  if (first) {
    const outcome: Outcome = await startBroker(java, runFolder).then(
      (service) => ({ service }),
      (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
    );
    await writeFile(`${file}.half`, JSON.stringify(outcome));
    await rename(`${file}.half`, file);
  }
  for (const end = performance.now() + START_MS_MAX + DOWNLOAD_MS_MAX; performance.now() < end; await sleep(50)) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) continue;
    const outcome = JSON.parse(text) as Outcome;
    if ('error' in outcome) throw new Error(outcome.error);
    return outcome.service;
  }
  throw new Error('nobody started Kafka in time');
}

async function find(): Promise<FoundService<KafkaService>> {
  const { kafkaBrokers } = environment;
  if (kafkaBrokers !== null) return { ok: true, start: () => Promise.resolve({ brokers: kafkaBrokers.split(',') }) };
  const java = await findJava();
  if (java === null) return { ok: false, reason: `no Java ${JAVA_VERSION_MIN} found, and no KAFKA_BROKERS given` };
  if (!(await jarsFetchable())) return { ok: false, reason: 'no Maven found to fetch it with, and no KAFKA_BROKERS given' };
  return { ok: true, start: () => startOnce(java) };
}

/** A real broker of Apache Kafka (KRaft, one node), shared by the test run; topics and groups get random names. */
export const kafkaFixture: ServiceFixture<KafkaService> = { name: 'kafka', find };
