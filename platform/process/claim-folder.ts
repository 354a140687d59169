import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OutsideError } from '../../core/index.ts';
import { startOf } from './process-identity.ts';

interface Owner {
  readonly pid: number;
  readonly start: string;
}

async function readOwner(file: string): Promise<Owner | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Owner;
  } catch {
    return null;
  }
}

async function isLive(owner: Owner): Promise<boolean> {
  return (await startOf(owner.pid)) === owner.start;
}

/**
 * Writes down which process works in the folder, so that the next one tells a live instance from the orphan of a killed one.
 * Returns how to let go. Throws OutsideError `data_in_use` naming the pid.
 */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, 'owner.json');
  const own: Owner = { pid: process.pid, start: (await startOf(process.pid)) ?? '' };
  const draft = join(folder, `owner.${randomUUID()}`);
  await writeFile(draft, JSON.stringify(own));
  try {
    for (;;) {
      // A hard link is made or not made: two processes at the same instant cannot both own the folder.
      const made = await link(draft, file).then(
        () => true,
        () => false,
      );
      if (made) return () => rm(file, { force: true });
      const owner = await readOwner(file);
      if (owner !== null && (await isLive(owner))) {
        throw new OutsideError(
          'data_in_use',
          `${folder} is in use by process ${owner.pid}: stop that one first, or give this one another data folder`,
          { retryable: true },
        );
      }
      await rm(file, { force: true });
    }
  } finally {
    await rm(draft, { force: true });
  }
}
