import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OutsideError } from '../../core/index.ts';

// https://sqlite.org/rescode.html
const SQLITE_BUSY = 5;

/**
 * Takes the signer's folder for this process: two signers with two journals would each keep half of the ceilings. The lock is
 * SQLite's own file lock, which the kernel drops with its process, so a killed signer leaves nothing stale behind.
 */
export function lockDirectory(directory: string): { release(): void } {
  const database = new DatabaseSync(join(directory, 'signer.lock'));
  try {
    database.exec('pragma locking_mode = exclusive; begin exclusive');
  } catch (error) {
    database.close();
    if (error instanceof Error && Reflect.get(error, 'errcode') === SQLITE_BUSY) {
      throw new OutsideError('signer_directory_in_use', `another signer works in ${directory}: stop it first`, {
        retryable: true,
      });
    }
    throw error;
  }
  return { release: () => database.close() };
}
