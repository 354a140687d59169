import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redacted } from '../../core/index.ts';
import { openSqlByUrl, type Sql } from '../../platform/sql/index.ts';

/** What a command needs to work beside a running instance: readable by its user alone, as the data folder's other secrets. */
interface RunningFile {
  readonly publicUrl: string;
  readonly sqlUrl: string;
}

const fileIn = (dataDirectory: string): string => join(dataDirectory, 'running.json');
/** A command makes a handful of statements. */
const POOL_MAX = 2;

/** Tells commands of the same data folder where the database answers. Returns how to take it back. */
export async function announceRunning(
  dataDirectory: string,
  running: { publicUrl: string; sqlUrl: Redacted<string> },
): Promise<() => Promise<void>> {
  const file = fileIn(dataDirectory);
  const draft = `${file}.${process.pid}`;
  const text: RunningFile = { publicUrl: running.publicUrl, sqlUrl: running.sqlUrl.reveal() };
  await writeFile(draft, JSON.stringify(text), { mode: 0o600 });
  await rename(draft, file);
  return () => rm(file, { force: true });
}

/** The database of the instance that runs on this data folder; null when none does (a file left by a kill answers nobody). */
export async function attachToRunningSql(dataDirectory: string): Promise<Sql | null> {
  const text = await readFile(fileIn(dataDirectory), 'utf8').catch(() => null);
  if (text === null) return null;
  const { sqlUrl } = JSON.parse(text) as RunningFile;
  return openSqlByUrl({ url: new Redacted(sqlUrl), poolMax: POOL_MAX }).catch(() => null);
}
