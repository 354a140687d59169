import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOf } from '../../platform/process/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of this test run: data, logs and process ids of what the run shares. */
    servicesFolder: string;
  }
}

const PREFIX = 'bulwark-test-';
const STOP_MS_MAX = 10_000;

/** True while the process runs. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

interface Noted {
  readonly pid: number;
  /** When it started: a process id alone may have been given to a stranger since. */
  readonly start: string;
}

async function stopProcess({ pid, start }: Noted): Promise<void> {
  if ((await startOf(pid)) !== start) return;
  // To PostgreSQL SIGINT means: now, without waiting for clients; to a JVM the same as SIGTERM.
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (const end = performance.now() + STOP_MS_MAX; isRunning(pid) && performance.now() < end;) await sleep(20);
  }
}

async function readNoted(folder: string): Promise<Noted[]> {
  const names = await readdir(join(folder, 'pids')).catch(() => []);
  return Promise.all(
    names.map(async (name) => ({ pid: Number(name), start: await readFile(join(folder, 'pids', name), 'utf8') })),
  );
}

/** Notes a process that the end of the run stops. */
export async function notePid(folder: string, pid: number): Promise<void> {
  const start = await startOf(pid);
  if (start !== null) await writeFile(join(folder, 'pids', String(pid)), start);
}

/** Stops what the run started and removes its folder. */
export async function removeRunFolder(folder: string): Promise<void> {
  await Promise.all((await readNoted(folder)).map(stopProcess));
  await rm(folder, { recursive: true, force: true });
}

/** A run that was killed could not clean up after itself; the next one does. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const owner = Number(await readFile(join(folder, 'owner'), 'utf8').catch(() => 'none'));
    if (Number.isSafeInteger(owner) && owner > 1 && !isRunning(owner)) await removeRunFolder(folder);
  }
}

/** Makes the folder of this run. */
export async function createRunFolder(): Promise<string> {
  await removeAbandoned();
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  await mkdir(join(folder, 'pids'));
  await writeFile(join(folder, 'owner'), String(process.pid));
  return folder;
}
