import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutsideError } from '../../../core/index.ts';
import { ANALYTICS_LIMITS } from '../limits.ts';

/**
 * Takes the folder for this process. chDB itself lets two processes open one folder and damage it. The lock is SQLite's
 * exclusive file lock (fcntl), which the kernel drops with its process: a killed owner leaves nothing stale behind.
 * Throws OutsideError `data_in_use` after a short wait.
 */
export async function lockDataDirectory(directory: string): Promise<{ release(): void }> {
  const database = new DatabaseSync(join(directory, 'bulwark.lock'));
  const ownerFile = join(directory, 'bulwark.pid');
  const deadline = performance.now() + ANALYTICS_LIMITS.lockWaitMsMax;
  while (!tryLock(database)) {
    if (performance.now() > deadline) {
      database.close();
      throw new OutsideError(
        'data_in_use',
        `the analytics data in ${directory} is in use by process ${ownerOf(ownerFile)}: stop it, or choose another folder`,
        { retryable: false },
      );
    }
    await sleep(50);
  }
  writeFileSync(ownerFile, `${process.pid}\n`);
  return { release: () => database.close() };
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('pragma locking_mode = exclusive; begin exclusive');
    return true;
  } catch (error) {
    // SQLITE_BUSY is 5 (sqlite.org/rescode.html).
    if (error instanceof Error && Reflect.get(error, 'errcode') === 5) return false;
    throw error;
  }
}

function ownerOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '(unknown)';
  }
}
