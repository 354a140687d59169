import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';

/** A data folder inside the folder of the test run, which the end of the run removes (a killed run's next one does). */
export async function createDataFolder(): Promise<string> {
  return join(await mkdtemp(join(inject('servicesFolder'), 'e2e-')), 'data');
}
