import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ClickHouseClient, type ClickHouseClientConfigOptions, createClient } from '@clickhouse/client';
import { createChdbConnection } from 'chdb/connection';
import { OutsideError } from '../../../core/index.ts';
import { ANALYTICS_LIMITS } from '../limits.ts';
import { toOutsideError } from '../outside-errors.ts';
import { CLIENT_OPTIONS } from '../statements.ts';
import { lockDataDirectory } from './data-lock.ts';
import { createLane, type Lane } from './lane.ts';
import type { EngineMessage, EngineRequest } from './protocol.ts';

const WHERE = 'embedded ClickHouse';

function send(message: EngineMessage): void {
  process.send?.(message);
}

function openClient(path: string): ClickHouseClient {
  // chDB types its connection by its own copy of @clickhouse/client-common, whose declarations are the same.
  const connection = createChdbConnection({ path }) as unknown as NonNullable<ClickHouseClientConfigOptions['connection']>;
  return createClient({
    ...CLIENT_OPTIONS,
    connection,
    clickhouse_settings: { max_memory_usage: String(ANALYTICS_LIMITS.embeddedStatementBytesMax) },
  });
}

async function answer(request: EngineRequest, reader: Lane, writer: Lane): Promise<string> {
  if (request.kind === 'query') return reader.run((statements) => statements.query(request.sql, request.parameters));
  if (request.kind === 'insert') {
    const { table, columns, body, token } = request;
    await writer.run((statements) => statements.insert(table, { columns, lines: body.split('\n') }, token));
  }
  if (request.kind === 'command') await writer.run((statements) => statements.command(request.sql));
  return '';
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    const message = `the analytics data folder cannot be made: ${error instanceof Error ? error.message : String(error)}`;
    throw new OutsideError('data_directory_unusable', message, { retryable: false, cause: error });
  }
}

async function main(directory: string): Promise<void> {
  makeDirectory(directory);
  const lock = await lockDataDirectory(directory);
  const data = join(directory, 'clickhouse');
  // Two connections of one engine, so that a long read does not stop the landing.
  const reader = createLane(() => openClient(data));
  const writer = createLane(() => openClient(data));
  const version = (await reader.run((statements) => statements.query('select version() as version', {}))).trim();
  const serve = async (request: EngineRequest): Promise<void> => {
    try {
      send({ kind: 'answer', id: request.id, text: await answer(request, reader, writer) });
    } catch (error) {
      const { code, message, retryable } = toOutsideError(error, WHERE);
      send({ kind: 'refused', id: request.id, failure: { code, message, retryable } });
    }
    if (request.kind !== 'close') return;
    await Promise.all([reader.close(), writer.close()]);
    lock.release();
    process.disconnect();
  };
  process.on('message', (request: EngineRequest) => void serve(request));
  send({ kind: 'ready', version: (JSON.parse(version) as { version: string }).version });
}

// Ctrl-C reaches the whole process group; the parent closes us in its own order.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
// The parent is gone or has closed us. MergeTree parts are renamed into place when whole, so ending at once loses nothing
// acknowledged; leaving by the usual way would wait for statements that nobody reads.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const directory = process.argv[2];
if (directory === undefined || process.send === undefined) throw new TypeError('this file is forked with a data folder');
try {
  await main(directory);
} catch (error) {
  const { code, message, retryable } = toOutsideError(error, WHERE);
  const failed: EngineMessage = { kind: 'failed', failure: { code, message, retryable } };
  process.send(failed, () => process.disconnect());
}
