import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { environment } from '../../test/services/environment.ts';
import { startContractServer, type ContractServer } from './contract-process.ts';
import { sqlContract } from './contract.ts';
import { type EmbeddedSql, openEmbeddedSql, openSqlByUrl } from './index.ts';
import { createTestDatabase, type TestDatabase } from './testing.ts';

describe('embedded PostgreSQL, as the current user', () => {
  let folder: string;
  let embedded: EmbeddedSql;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulwark-sql-'));
    embedded = await openEmbeddedSql({ dataDirectory: join(folder, 'data') });
  });
  afterAll(async () => {
    await embedded.stop();
    await rm(folder, { recursive: true });
  });
  let first = true;
  // The first handle is the embedded one itself; the second connects beside it.
  sqlContract(() => {
    if (!first) return openSqlByUrl({ url: embedded.url });
    first = false;
    return Promise.resolve(embedded.sql);
  });
});

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const whySkipped = isRoot ? '' : ' (skipped: we are not root, so the suite above is this one)';

describe.skipIf(!isRoot)(`embedded PostgreSQL, started by a user who is not root${whySkipped}`, () => {
  let folder: string;
  let server: ContractServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulwark-sql-'));
    await chown(folder, NOBODY, NOBODY);
    server = await startContractServer(join(folder, 'data'), { uid: NOBODY, gid: NOBODY });
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });
  sqlContract(() => openSqlByUrl({ url: server.url }));
});

describe('PostgreSQL by URL', () => {
  let database: TestDatabase | null = null;
  afterAll(() => database?.drop());
  sqlContract(async () => {
    if (environment.sqlUrl !== null) return openSqlByUrl({ url: environment.sqlUrl });
    database ??= await createTestDatabase();
    return openSqlByUrl({ url: database.url });
  });
});
