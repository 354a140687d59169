import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Redacted } from '../../core/index.ts';
import { startClickHouseHttpFront } from '../../test/services/clickhouse-http-front.ts';
import { type Analytics, type EmbeddedAnalytics, openClickHouse, openEmbeddedAnalytics } from './index.ts';

const opened: Analytics[] = [];
const directories: string[] = [];

async function directory(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'bulwark-embedded-'));
  directories.push(made);
  return made;
}

async function open(dataDirectory: string, notes: string[] = []): Promise<EmbeddedAnalytics> {
  const analytics = await openEmbeddedAnalytics({ dataDirectory, onEngine: ({ kind }) => notes.push(kind) });
  opened.push(analytics);
  return analytics;
}

function killEngine(analytics: EmbeddedAnalytics): void {
  process.kill(analytics.enginePid() ?? Number.NaN, 'SIGKILL');
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  await Promise.all(directories.splice(0).map((each) => rm(each, { recursive: true, force: true })));
});

describe('the embedded engine', () => {
  it('rejects what was in flight when its process dies, starts again, and has what it acknowledged', async () => {
    const notes: string[] = [];
    const analytics = await open(await directory(), notes);
    await analytics.command('create table kept (id String) engine = MergeTree order by id');
    await analytics.insert('kept', [{ id: 'a' }], 'a');
    const inFlight = expect(analytics.query('select sleep(3)')).rejects.toMatchObject({
      code: 'engine_crashed',
      retryable: true,
    });
    killEngine(analytics);
    await inFlight;
    expect(await analytics.query('select id from kept')).toEqual([{ id: 'a' }]);
    killEngine(analytics);
    await expect(analytics.query('select 1')).rejects.toMatchObject({ code: 'engine_crashed' });
    expect(await analytics.query('select id from kept')).toEqual([{ id: 'a' }]);
    expect(notes).toEqual(['crashed', 'restarted', 'crashed', 'restarted']);
  });

  it('gives a folder to one process at a time', async () => {
    const data = await directory();
    const first = await open(data);
    await expect(openEmbeddedAnalytics({ dataDirectory: data })).rejects.toMatchObject({ code: 'data_in_use', retryable: false });
    expect(await first.query('select 1 as one')).toEqual([{ one: 1 }]);
    await first.close();
    const second = await open(data);
    expect(await second.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('ends with its parent, however that ends, and leaves the folder free', async () => {
    const data = await directory();
    const script = join(data, 'parent.ts');
    const door = new URL('./index.ts', import.meta.url).href;
    await writeFile(
      script,
      `import { openEmbeddedAnalytics } from ${JSON.stringify(door)};
       const analytics = await openEmbeddedAnalytics({ dataDirectory: ${JSON.stringify(data)} });
       await analytics.command('create table t (id String) engine = MergeTree order by id');
       await analytics.insert('t', [{ id: 'acknowledged' }], 'x');
       process.send('inserted');`,
    );
    const parent = fork(script, [], { execPath: process.execPath, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(parent, 'message');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const next = await open(data);
    expect(await next.query('select id from t')).toEqual([{ id: 'acknowledged' }]);
  });

  it('refuses after it was closed, and closes twice without harm', async () => {
    const analytics = await open(await directory());
    await Promise.all([analytics.close(), analytics.close()]);
    await expect(analytics.query('select 1')).rejects.toMatchObject({ code: 'analytics_closed', retryable: false });
  });

  it('says why it cannot start', async () => {
    const data = await directory();
    await writeFile(join(data, 'file'), '');
    await expect(openEmbeddedAnalytics({ dataDirectory: join(data, 'file', 'below') })).rejects.toMatchObject({
      code: 'data_directory_unusable',
      message: expect.stringContaining('ENOTDIR') as string,
    });
  });
});

describe('ClickHouse by URL', () => {
  it('refuses an address that is none, one where nobody listens, and wrong credentials', async () => {
    await expect(openClickHouse({ url: new Redacted('clickhouse') })).rejects.toMatchObject({
      code: 'clickhouse_url_invalid',
      retryable: false,
    });
    await expect(openClickHouse({ url: new Redacted('http://127.0.0.1:1') })).rejects.toMatchObject({
      code: 'analytics_unreachable',
      retryable: true,
    });
    const front = await startClickHouseHttpFront({ dataDirectory: await directory(), password: 'right' });
    const wrong = openClickHouse({ url: new Redacted(front.url.replace('right', 'wrong')) });
    await expect(wrong).rejects.toMatchObject({ code: 'access_denied', retryable: false });
    await front.stop();
  });

  it('says unreachable, retryable, when the server goes away', async () => {
    const front = await startClickHouseHttpFront({ dataDirectory: await directory() });
    const analytics = await openClickHouse({ url: new Redacted(front.url) });
    opened.push(analytics);
    await front.stop();
    await expect(analytics.query('select 1')).rejects.toMatchObject({ code: 'analytics_unreachable', retryable: true });
  });
});
