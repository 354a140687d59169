import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openEmbeddedSql } from '../../platform/sql/index.ts';
import { createRunFolder, notePid, removeRunFolder } from './run-folder.ts';

/** Nothing of a test needs to survive a power cut, and without the waits for the disk the databases come up several times faster. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '300',
};

/** Starts the PostgreSQL that the whole test run shares. Other services start when the first test asks for them; all end here. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await createRunFolder();
  try {
    const embedded = await openEmbeddedSql({
      dataDirectory: join(folder, 'sql'),
      database: 'admin',
      poolMax: 1,
      settings: SETTINGS,
    });
    await notePid(folder, embedded.pid);
    project.provide('servicesFolder', folder);
    project.provide('sqlAdminUrl', embedded.url.reveal());
    return async () => {
      await embedded.stop();
      await removeRunFolder(folder);
    };
  } catch (error) {
    await removeRunFolder(folder);
    throw error;
  }
}
