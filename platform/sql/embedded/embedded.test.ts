import { execFile } from 'node:child_process';
import { chmod, chown, copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startContractServer } from '../contract-process.ts';
import { type EmbeddedSql, openEmbeddedSql, openSqlByUrl } from '../index.ts';
import { findBinaries, findPackage } from './binaries.ts';
import { isAlive, isPostmasterOf } from '../../process/index.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

let templateFolder: string;
let template: string;
let folder: string;
let data: string;
let cluster: string;
const running: EmbeddedSql[] = [];

async function open(dataDirectory = data): Promise<EmbeddedSql> {
  const embedded = await openEmbeddedSql({ dataDirectory });
  running.push(embedded);
  return embedded;
}

/** A data folder that was used and left in order; copied, since making one takes a second. */
async function makeCluster(): Promise<void> {
  await run('cp', ['-a', template, data]);
}

/** Every file with its size, so that “nothing was changed” can be shown. */
async function contents(path: string): Promise<string[]> {
  const names = await readdir(path, { recursive: true });
  return Promise.all(names.toSorted().map(async (name) => `${name} ${(await stat(join(path, name))).size}`));
}

beforeAll(async () => {
  templateFolder = await mkdtemp(join(tmpdir(), 'bulwark-embedded-'));
  template = join(templateFolder, 'data');
  const embedded = await openEmbeddedSql({ dataDirectory: template });
  await embedded.sql.query('create table kept as select 42 as answer');
  await embedded.stop();
});
afterAll(() => rm(templateFolder, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulwark-embedded-'));
  await chmod(folder, 0o755);
  data = join(folder, 'data');
  cluster = join(data, 'cluster');
});
afterEach(async () => {
  for (const embedded of running.splice(0)) await embedded.stop();
  await rm(folder, { recursive: true });
});

describe('a life of one data folder', () => {
  test('keeps its data over stop and start, and its password from others', async () => {
    await makeCluster();
    const again = await open();
    expect(await again.sql.query('select answer from kept')).toEqual([{ answer: 42 }]);
    expect((await stat(join(data, 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(cluster)).mode & 0o077).toBe(0);
    expect(await readFile(join(cluster, 'pg_hba.conf'), 'utf8')).not.toContain('trust');
    expect(again.sql.description).toMatchObject({ durable: true });
    const wrong = again.url.reveal().replace(/:[0-9a-f]{64}@/, ':0000@');
    await expect(openSqlByUrl({ url: wrong })).rejects.toMatchObject({ code: 'sql_auth_failed', retryable: false });
    const missing = again.url.reveal().replace(/[^/]*$/, 'nowhere');
    await expect(openSqlByUrl({ url: missing })).rejects.toMatchObject({ code: 'sql_database_missing' });
  });

  test('loses nothing committed when the process is killed, and the next start stops the orphan', async () => {
    const server = await startContractServer(data);
    const sql = await openSqlByUrl({ url: server.url });
    await sql.query('create table kept (id int)');
    for (let id = 0; id < 20; id += 1) await sql.query('insert into kept values ($1)', [id]);
    await server.kill();
    expect(isAlive(server.postmaster)).toBe(true);
    const again = await open();
    expect(isAlive(server.postmaster)).toBe(false);
    expect(await again.sql.query('select count(*) as rows from kept')).toEqual([{ rows: 20n }]);
    await sql.close();
  });

  test('comes up again when the process and PostgreSQL are killed at once', async () => {
    const server = await startContractServer(data);
    const sql = await openSqlByUrl({ url: server.url });
    await sql.query('create table kept as select generate_series(1, 1000) as id');
    process.kill(server.postmaster, 'SIGKILL');
    await server.kill();
    await sql.close();
    const again = await open();
    expect(await again.sql.query('select count(*) as rows from kept')).toEqual([{ rows: 1_000n }]);
  });

  test('refuses a second live instance, naming the first', async () => {
    await open();
    await expect(openEmbeddedSql({ dataDirectory: data })).rejects.toMatchObject({
      code: 'data_in_use',
      message: expect.stringContaining(String(process.pid)),
    });
    const other = startContractServer(data);
    await expect(other).rejects.toThrow(new RegExp(`data_in_use|process ${process.pid}`));
  });

  test('is not fooled by the process id of a stranger', async () => {
    await makeCluster();
    // As after a crash of the machine: both files name this process, which is neither the owner nor a PostgreSQL of this folder.
    await writeFile(join(data, 'owner.json'), JSON.stringify({ pid: process.pid, start: 'another boot' }));
    await writeFile(join(cluster, 'postmaster.pid'), `${process.pid}\n/proc/self/fd/3\n0\n5432\n\n127.0.0.1\n\nready\n`);
    expect(await isPostmasterOf(process.pid, cluster)).toBe(false);
    const again = await open();
    expect(await again.sql.query('select answer from kept')).toEqual([{ answer: 42 }]);
  });

  test('begins anew after a first start that was cut off half-way', async () => {
    await mkdir(join(data, 'cluster.new/base'), { recursive: true });
    await writeFile(join(data, 'cluster.new/PG_VERSION'), '18\n');
    const embedded = await open();
    expect(await embedded.sql.query('select 1 as one')).toEqual([{ one: 1 }]);
    expect((await readdir(data)).toSorted()).toEqual(['cluster', 'owner.json', 'password']);
  });

  test('sets a new password where the old one was lost', async () => {
    await makeCluster();
    await rm(join(data, 'password'));
    const again = await open();
    expect(await again.sql.query('select answer from kept')).toEqual([{ answer: 42 }]);
  });
});

describe('a damaged data folder is named and left as it is', () => {
  test.each(['PG_VERSION', 'global/pg_control', 'pg_wal'])('without %s', async (name) => {
    await makeCluster();
    await rm(join(cluster, name), { recursive: true });
    const before = await contents(data);
    await expect(open()).rejects.toMatchObject({
      code: 'data_corrupt',
      retryable: false,
      message: expect.stringContaining(cluster),
    });
    expect(await contents(data)).toEqual(before);
  });

  test('with a control file of noise', async () => {
    await makeCluster();
    const control = join(cluster, 'global/pg_control');
    const bytes = await readFile(control);
    await copyFile(control, join(folder, 'pg_control'));
    await writeFile(control, bytes.fill(0x5a, 0, 256));
    await expect(open()).rejects.toMatchObject({
      code: 'data_corrupt',
      message: expect.stringMatching(/Restore that folder from a backup/),
    });
    await copyFile(join(folder, 'pg_control'), control);
    expect(await (await open()).sql.query('select answer from kept')).toEqual([{ answer: 42 }]);
  });

  test('written by another version', async () => {
    await makeCluster();
    await writeFile(join(cluster, 'PG_VERSION'), '17\n');
    await expect(open()).rejects.toMatchObject({ code: 'data_version_unsupported' });
  });
});

const whySkipped = isRoot ? '' : ' (skipped: we are not root)';

describe.skipIf(!isRoot)(`as root${whySkipped}`, () => {
  test('the server runs as somebody else, who owns the data', async () => {
    const { pid } = await open();
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
    expect(uid).not.toBe(0);
    expect((await stat(cluster)).uid).toBe(uid);
    expect(/^Groups:\s*$/m.test(status)).toBe(true);
  });

  test('a data folder below one that only root may enter works, and that folder stays closed', async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const inside = join(closed, 'deep/data');
    const first = await open(inside);
    await first.sql.query('create table kept as select 42 as answer');
    await first.stop();
    const second = await open(inside);
    expect(await second.sql.query('select answer from kept')).toEqual([{ answer: 42 }]);
    expect(await isPostmasterOf(second.pid, join(inside, 'cluster'))).toBe(true);
    expect((await stat(closed)).mode & 0o777).toBe(0o700);
  });

  test('an orphan below a folder that only root may enter is stopped too', async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const server = await startContractServer(join(closed, 'data'));
    await server.kill();
    await open(join(closed, 'data'));
    expect(isAlive(server.postmaster)).toBe(false);
  });

  test('binaries in a checkout that only root may enter are run from a copy', async () => {
    const { root } = await findPackage();
    const closed = join(folder, 'checkout');
    await mkdir(closed, { mode: 0o700 });
    const source = { root: join(closed, 'package'), version: 'test' };
    await cp(root, source.root, { recursive: true, verbatimSymlinks: true });
    const user = { uid: 65_534, gid: 65_534 };
    const cache = join(folder, 'cache');
    const copies = await Promise.all([1, 2].map(() => findBinaries(user, { source, folders: [cache] })));
    expect(copies[0]).toEqual(copies[1]);
    const postgres = copies[0]?.postgres ?? '';
    expect(postgres.startsWith(cache)).toBe(true);
    const { stdout } = await run(postgres, ['--version'], { ...user, cwd: '/' });
    expect(stdout).toMatch(/PostgreSQL.* 18/);
    expect(await readdir(cache)).toHaveLength(1);
  });

  test('a copy is not taken from a folder that others can write to', async () => {
    const { root } = await findPackage();
    const closed = join(folder, 'checkout');
    await mkdir(closed, { mode: 0o700 });
    const source = { root: join(closed, 'package'), version: 'test' };
    await cp(root, source.root, { recursive: true, verbatimSymlinks: true });
    const user = { uid: 65_534, gid: 65_534 };
    const foreign = join(folder, 'foreign');
    await mkdir(foreign);
    await chown(foreign, user.uid, user.gid);
    const find = findBinaries(user, { source, folders: [foreign] });
    await expect(find).rejects.toMatchObject({ code: 'sql_binaries_unreachable' });
    expect(await readdir(foreign)).toEqual([]);
  });
});

describe('an installation whose scripts were switched off', () => {
  test('gets its symbolic links and execute bits', async () => {
    const { root } = await findPackage();
    const source = { root: join(folder, 'package'), version: 'test' };
    await cp(root, source.root, { recursive: true, verbatimSymlinks: true });
    const links = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[];
    for (const { target } of links) await rm(join(source.root, target));
    await chmod(join(source.root, 'native/bin/postgres'), 0o644);
    const { postgres } = await findBinaries(null, { source, folders: [] });
    expect(dirname(postgres)).toBe(join(source.root, 'native/bin'));
    expect((await run(postgres, ['--version'])).stdout).toMatch(/PostgreSQL/);
  });
});

describe('by URL', () => {
  test.each([
    ['postgres://127.0.0.1:1/x', 'sql_unreachable', true],
    ['postgres://host.invalid/x', 'sql_unreachable', true],
    ['mysql://secret:secret@127.0.0.1/x', 'sql_url_invalid', false],
    ['postgres://secret:sec ret@:/x', 'sql_url_invalid', false],
  ])('%s is %s', async (url, code, retryable) => {
    const error: unknown = await openSqlByUrl({ url }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'OutsideError', code, retryable });
    expect((error as Error).message).not.toContain('secret');
  });
});
