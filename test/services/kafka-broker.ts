import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { environment } from './environment.ts';
import { isRunning, notePid } from './run-folder.ts';

const run = promisify(execFile);

/** A broker that answers. */
export interface KafkaService {
  readonly brokers: readonly string[];
}

/** The newest line of Kafka that runs on Java 17. */
const KAFKA_VERSION = '4.1.1';
export const JAVA_VERSION_MIN = 17;
export const START_MS_MAX = 90_000;
export const DOWNLOAD_MS_MAX = 300_000;
const CACHE = fileURLToPath(new URL(`../../.cache/kafka-${KAFKA_VERSION}`, import.meta.url));

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>bulwark.test</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function javaVersion(java: string): Promise<number> {
  try {
    const { stderr } = await run(java, ['-version']);
    return Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

export async function findJava(): Promise<string | null> {
  const candidates = [...(environment.javaHome === null ? [] : [join(environment.javaHome, 'bin/java')]), 'java'];
  for (const java of candidates) if ((await javaVersion(java)) >= JAVA_VERSION_MIN) return java;
  return null;
}

/** True when the jars are here already or Maven can bring them. */
export async function jarsFetchable(): Promise<boolean> {
  if (await exists(join(CACHE, 'jars'))) return true;
  return run('mvn', ['--version']).then(
    () => true,
    () => false,
  );
}

/** Fetches Kafka and what it needs from the Maven repository that this machine is set up for. */
async function fetchJars(): Promise<string> {
  const jars = join(CACHE, 'jars');
  if (await exists(jars)) return jars;
  const work = join(CACHE, randomUUID());
  await mkdir(work, { recursive: true });
  await writeFile(join(work, 'pom.xml'), POM);
  const flags = [
    '-q',
    '-B',
    '-f',
    join(work, 'pom.xml'),
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${join(work, 'jars')}`,
  ];
  await run('mvn', flags, { timeout: DOWNLOAD_MS_MAX });
  // Two runs may fetch at once: the first rename wins, and the other's copy is the same.
  await rename(join(work, 'jars'), jars).catch(() => {});
  await rm(work, { recursive: true, force: true });
  return jars;
}

async function listenAnywhere(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

/** Two ports, held at the same time so that they differ. */
async function freePorts(): Promise<[number, number]> {
  const servers = [await listenAnywhere(), await listenAnywhere()];
  const ports = servers.map((server) => {
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [ports[0] ?? 0, ports[1] ?? 0];
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(socket.destroy() !== null));
    socket.once('error', () => resolve(false));
  });
}

function configOf(folder: string, port: number, controllerPort: number): string {
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'controller.listener.names=CONTROLLER',
    `log.dirs=${join(folder, 'data')}`,
    'auto.create.topics.enable=false',
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=4',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    // Three seconds by default, for a fleet to come up; tests join one at a time.
    'group.initial.rebalance.delay.ms=0',
    'group.min.session.timeout.ms=1000',
    '',
  ].join('\n');
}

/** Starts a broker of one node in `runFolder`, and notes its process id there. */
export async function startBroker(java: string, runFolder: string): Promise<KafkaService> {
  const jars = await fetchJars();
  const folder = join(runFolder, 'kafka');
  await mkdir(folder);
  const [port, controllerPort] = await freePorts();
  const config = join(folder, 'server.properties');
  await writeFile(config, configOf(folder, port, controllerPort));
  const flags = ['-cp', join(jars, '*'), '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];
  const clusterId = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
  await run(java, [...flags, 'kafka.tools.StorageTool', 'format', '--standalone', '-t', clusterId, '-c', config]);
  const log = await open(join(folder, 'broker.log'), 'a');
  const broker = spawn(java, ['-Xmx512m', '-Xms256m', ...flags, 'kafka.Kafka', config], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  broker.unref();
  await log.close();
  const pid = broker.pid ?? 0;
  await notePid(runFolder, pid);
  for (const end = performance.now() + START_MS_MAX; performance.now() < end && isRunning(pid); await sleep(50)) {
    if (await accepts(port)) return { brokers: [`127.0.0.1:${port}`] };
  }
  throw new Error(`Kafka did not start: ${await readFile(join(folder, 'broker.log'), 'utf8')}`);
}
