import { mkdir } from 'node:fs/promises';
import { claimFolder } from '../../platform/process/index.ts';

/** Takes the data folder for this process; throws OutsideError `data_in_use` naming the other one. Returns how to let go. */
export async function lockDataFolder(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true, mode: 0o711 });
  return claimFolder(directory);
}
