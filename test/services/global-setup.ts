import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openEmbeddedSql } from '../../platform/sql/index.ts';

/** Nothing of a test needs to survive a power cut, and without the waits for the disk the databases come up several times faster. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '300',
};

/** Starts what the whole test run shares, and returns how to stop it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'bulwark-test-sql-'));
  const remove = (): Promise<void> => rm(dataDirectory, { recursive: true, force: true });
  try {
    const embedded = await openEmbeddedSql({ dataDirectory, database: 'admin', poolMax: 1, settings: SETTINGS });
    project.provide('sqlAdminUrl', embedded.url.reveal());
    return async () => {
      await embedded.stop();
      await remove();
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
