import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

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

async function stopProcess(pid: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const end = performance.now() + STOP_MS_MAX; isRunning(pid) && performance.now() < end; await sleep(20)) {
      try {
        process.kill(pid, signal);
      } catch {
        return;
      }
    }
  }
}

async function readPids(folder: string): Promise<number[]> {
  const names = await readdir(join(folder, 'pids')).catch(() => []);
  return names.map(Number).filter((pid) => Number.isSafeInteger(pid) && pid > 1);
}

/** Notes a process that the end of the run stops. */
export async function notePid(folder: string, pid: number): Promise<void> {
  await writeFile(join(folder, 'pids', String(pid)), '');
}

/** Stops what the run started and removes its folder. */
export async function removeRunFolder(folder: string): Promise<void> {
  await Promise.all((await readPids(folder)).map(stopProcess));
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
