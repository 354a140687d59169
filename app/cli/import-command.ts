import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { Presets, SingleBar } from 'cli-progress';
import { OutsideError, TOPICS } from '../../core/index.ts';
import { LANDING_GROUP } from '../../dashboards/landing/index.ts';
import { importFile, type ImportMap, readImportMap } from '../../ingest/index.ts';
import { systemClock } from '../../platform/clock/index.ts';
import type { EventLog } from '../../platform/event-log/index.ts';
import type { Config } from '../config/read-config.ts';
import { openEventLog } from '../ports/open-ports.ts';
import { attachToRunningSql } from '../run/running-file.ts';
import { createScope } from '../run/scope.ts';
import { type RunningEngine, startEngine } from '../run/start-engine.ts';
import { createLogger } from './logger.ts';

interface ImportSource {
  readonly input: Readable;
  readonly format: 'csv' | 'ndjson';
  /** Bytes; null for standard input. */
  readonly size: number | null;
}

async function openSource(file: string, format: string | undefined): Promise<ImportSource> {
  const chosen = format ?? (/\.(ndjson|jsonl)$/.test(file) ? 'ndjson' : 'csv');
  if (chosen !== 'csv' && chosen !== 'ndjson')
    throw new OutsideError('format_unknown', `--format is csv or ndjson, not ${chosen}`, { retryable: false });
  if (file === '-') return { input: process.stdin, format: chosen, size: null };
  const found = await stat(file).catch((error: Error) => {
    throw new OutsideError('file_unreadable', `${file} cannot be read: ${error.message}`, { retryable: false, cause: error });
  });
  return { input: createReadStream(file), format: chosen, size: found.size };
}

async function readMap(file: string): Promise<ImportMap> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new OutsideError('file_unreadable', `${file} cannot be read: ${error.message}`, { retryable: false, cause: error });
  });
  const map = readImportMap(text);
  if (!map.ok) throw new OutsideError('map_invalid', `${file}: ${map.refusal.message}`, { retryable: false });
  return map.value;
}

/** Records of a topic that a group has still to finish. */
async function waiting(log: EventLog, topic: string, group: string): Promise<number> {
  const [ends, committed] = await Promise.all([log.ends(topic), log.committed(topic, group)]);
  return ends.reduce((sum, { partition, begin, end }) => sum + Number(end - (committed.get(partition) ?? begin)), 0);
}

const POLL_MS = 200;

/** Waits until nothing is left, showing how much is done. */
async function drain(label: string, bar: SingleBar, total: number, left: () => Promise<number>): Promise<void> {
  bar.start(total, 0, { label });
  for (;;) {
    const remaining = await left();
    bar.update(Math.max(0, total - remaining));
    if (remaining <= 0) break;
    await sleep(POLL_MS);
  }
  bar.stop();
}

function counted(source: ImportSource, onBytes: (bytes: number) => void): Readable {
  const counter = new PassThrough();
  let bytes = 0;
  counter.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    onBytes(bytes);
  });
  return source.input.pipe(counter);
}

/** The log of the running instance, or an engine of our own for the time of the import. */
async function openTarget(config: Config): Promise<{ log: EventLog; own: RunningEngine | null; close: () => Promise<void> }> {
  const logger = createLogger('warn');
  const sql = await attachToRunningSql(resolve(config.dataDirectory));
  if (sql === null) {
    const own = await startEngine(config, logger);
    return { log: own.log, own, close: () => own.stop() };
  }
  const scope = createScope((name, error) => logger.error({ err: error, part: name }, 'did not stop in order'));
  scope.onClose('sql', () => sql.close());
  const log = await openEventLog({ config, scope, clock: systemClock, logger }, sql);
  return { log, own: null, close: () => scope.close() };
}

async function verdictsOf(own: RunningEngine | null, stream: string): Promise<string> {
  if (own === null) return 'they land in ClickHouse through the running instance';
  const [row] = await own.analytics.query<{ verdicts: string }>(
    'select count() as verdicts from v_verdicts where stream = {stream:String}',
    { stream },
  );
  return `${row?.verdicts ?? 0} verdicts of stream ${stream} in ClickHouse`;
}

async function runImport(config: Config, file: string, options: { map: string; format?: string }): Promise<void> {
  const map = await readMap(options.map);
  const source = await openSource(file, options.format);
  const target = await openTarget(config);
  const bar = new SingleBar(
    { format: '  {label} {bar} {percentage}% | {value}/{total}', stream: process.stderr, clearOnComplete: false },
    Presets.shades_classic,
  );
  try {
    bar.start(source.size ?? 1, 0, { label: 'reading (bytes)' });
    const input = counted(source, (bytes) => (source.size === null ? bar.setTotal(bytes) : undefined, bar.update(bytes)));
    const done = await importFile({ input, format: source.format, map, log: target.log, clock: systemClock });
    bar.stop();
    await drain('judging (events)', bar, done.published, () => waiting(target.log, TOPICS.imports, 'engine'));
    const topics = [TOPICS.verdicts, TOPICS.imports, TOPICS.deadLetters];
    await drain('landing (rows)  ', bar, done.published, async () =>
      Math.max(...(await Promise.all(topics.map((topic) => waiting(target.log, topic, LANDING_GROUP))))),
    );
    process.stdout.write(
      `${done.rows} rows read, ${done.published} events, ${done.refused} refused (dead letters name the line and the reason); ${await verdictsOf(target.own, map.stream)}\n`,
    );
    if (done.refused > 0) process.stdout.write('Look at them: npm run bulwark -- dead-letters list\n');
  } finally {
    bar.stop();
    await target.close();
  }
}

/** `bulwark import`: somebody else's history through the same engine, as its own stream, effects off. */
export function addImportCommand(program: Command, readEnvironment: () => Config): void {
  program
    .command('import')
    .description('judge a file of past events as its own stream (own windows, own clock, no effects)')
    .argument('<file>', 'CSV with a header line, or NDJSON; - reads standard input')
    .requiredOption('--map <file>', 'YAML that says which column is what (ingest/import/examples)')
    .option('--format <format>', 'csv or ndjson; from the file name without it')
    .action((file: string, options: { map: string; format?: string }) => runImport(readEnvironment(), file, options));
}
