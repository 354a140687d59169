import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decideService, type ServiceFixture } from './require-service.ts';
import { createRunFolder, isRunning, notePid, removeRunFolder } from './run-folder.ts';

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const present: ServiceFixture<number> = { name: 'kafka', find: async () => ({ ok: true, start: async () => 42 }) };
const missing = (name: string): ServiceFixture<number> => ({ name, find: async () => ({ ok: false, reason: 'not found' }) });

describe('a service that a test needs', () => {
  test('runs where it is', async () => {
    const decision = await decideService(present, true);
    expect(decision.kind === 'run' && (await decision.start())).toBe(42);
  });

  test.each([
    ['kafka', false, 'skip'],
    ['kafka', true, 'fail'],
    ['clickhouse-server', true, 'skip'],
  ])('%s, missing, required %s: %s', async (name, required, kind) => {
    expect(await decideService(missing(name), required)).toEqual({ kind, reason: `${name}: not found` });
  });
});

describe('the folder of a run', () => {
  test('is removed with what it started, by the run itself or by the next one', async () => {
    const sleeper = execFile('sleep', ['600']);
    const pid = sleeper.pid ?? 0;
    const gone = new Promise((resolve) => sleeper.once('exit', resolve));
    const folder = await createRunFolder();
    await notePid(folder, pid);
    // As if the run had been killed: its owner is a process that is no more.
    const dead = execFile('true');
    await new Promise((resolve) => dead.once('exit', resolve));
    await writeFile(join(folder, 'owner'), String(dead.pid));
    const next = await createRunFolder();
    await gone;
    expect(isRunning(pid)).toBe(false);
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
    await removeRunFolder(next);
    await expect(stat(next)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the closing line', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulwark-reporter-'));
    await symlink(fromHere('../../node_modules'), join(folder, 'node_modules'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Last lines of a run over the files given by name and text. */
  async function runVitest(name: string, files: Readonly<Record<string, string>>): Promise<string[]> {
    const root = join(folder, name);
    await mkdir(root);
    for (const [file, text] of Object.entries(files)) await writeFile(join(root, file), text);
    const config = join(root, 'vitest.config.mjs');
    await writeFile(config, 'export default {};');
    const reporter = fromHere('./closing-line-reporter.ts');
    const flags = ['run', '--root', root, '--config', config, '--reporter', 'default', '--reporter', reporter];
    const stdout = await new Promise<string>((resolve) => {
      execFile(process.execPath, [fromHere('../../node_modules/vitest/vitest.mjs'), ...flags], { cwd: root }, (_error, text) =>
        resolve(text),
      );
    });
    return stdout.trimEnd().split('\n');
  }

  test('counts tests, broken files and failed hooks, and names what was skipped and why', async () => {
    const lines = await runVitest('mixed', {
      'a.test.js': `import { test, describe, expect } from 'vitest';
        test('one', () => {}); test('two', () => expect(1).toBe(2));
        describe.skip('Kafka (skipped: kafka: no Java 17 found)', () => { test('three', () => {}); test('four', () => {}); });
        test('five', ({ skip }) => skip('the moon is full'));`,
      'broken.test.js': `import './nowhere.js';`,
    });
    expect(lines.at(-1)).toBe('1 passed, 2 failed, 3 skipped');
    const text = lines.join('\n');
    expect(text).toMatch(
      /skipped, kafka: no Java 17 found:\n {2}a\.test\.js > Kafka \(skipped: kafka: no Java 17 found\) > three\n/,
    );
    expect(text).toMatch(/skipped, the moon is full:\n {2}a\.test\.js > five/);
  });

  test('counts a failure where nothing could be run', async () => {
    expect((await runVitest('empty', {})).at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  });
});
