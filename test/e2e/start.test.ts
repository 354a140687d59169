import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { startTestAnvil } from '../../platform/chain/testing.ts';
import { LIBRARY_DIRECTORY } from '../../rules/index.ts';
import { createWalletAgent } from '../../wallet-core/identity/agent/wallet-agent.ts';
import { type BulwarkChild, runBulwark, runToEnd } from './testing/bulwark-child.ts';
import { createDataFolder } from './testing/data-folder.ts';
import { createMailReader } from './testing/mailed-codes.ts';
import { newOwner, type Owner, PASSWORD, TRUSTED } from './testing/people.ts';
import { endProcessesOf, processesOf } from './testing/processes-of.ts';

const folders: string[] = [];
const PATIENCE = { timeout: 30_000, interval: 50 };

async function newFolder(): Promise<string> {
  const folder = await createDataFolder();
  folders.push(folder);
  return folder;
}

afterAll(async () => {
  for (const folder of folders) await endProcessesOf(folder);
});

describe('a start that cannot be', () => {
  it('names every problem of the configuration at once, with its consequence', async () => {
    const folder = await newFolder();
    const settings = { BULWARK_PORT: '70000', SQL_URL: 'mysql://x', CHAIN_QUORUM: '3', CHAIN_RPC_URLS: 'http://a,http://b' };
    const ended = await runToEnd(['start'], folder, settings);
    expect(ended.code).toBe(1);
    for (const part of ['BULWARK_PORT: "70000"', 'SQL_URL: ', 'CHAIN_QUORUM: 3 of 2', 'no deposit would ever be credited']) {
      expect(ended.stderr).toContain(part);
    }
    expect(ended.stderr).not.toContain(' at ');
  });

  it('refuses in production what must not carry real money', async () => {
    const folder = await newFolder();
    const bare = await runToEnd(['start'], folder, { NODE_ENV: 'production' });
    expect(bare.code).toBe(1);
    for (const variable of ['KEYSTORE_PASSPHRASE', 'BULWARK_PUBLIC_URL', 'CHAIN_RPC_URLS'])
      expect(bare.stderr).toContain(variable);

    const test = await startTestAnvil();
    try {
      const complete = await runToEnd(['start'], folder, {
        NODE_ENV: 'production',
        KEYSTORE_PASSPHRASE: 'a passphrase of this test alone',
        BULWARK_PUBLIC_URL: 'https://wallet.example',
        CHAIN_RPC_URLS: `${test.anvil.url},${test.anvil.url.replace('127.0.0.1', 'localhost')}`,
        CHAIN_QUORUM: '2',
      });
      expect(complete.code).toBe(1);
      expect(complete.stderr).toContain('NODE_ENV=production refuses channels');
    } finally {
      await test.stop();
    }
    expect(await processesOf(folder)).toEqual([]);
  });

  it('says that the port is taken before anything is started', async () => {
    const folder = await newFolder();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const ended = await runToEnd(['start'], folder, { BULWARK_PORT: String(port) });
    await new Promise((resolve) => taken.close(resolve));
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(`port ${port} on 127.0.0.1 is taken.*BULWARK_PORT`) });
    expect(await readdir(folder)).toEqual([]);
    expect(await processesOf(folder)).toEqual([]);
  });

  it('names file, line and column of a rule that does not load', async () => {
    const folder = await newFolder();
    const rules = join(dirname(folder), 'rules');
    await cp(fileURLToPath(LIBRARY_DIRECTORY), rules, { recursive: true });
    await writeFile(join(rules, 'rules', 'broken.yaml'), 'id: broken.rule\ntitle: [unclosed\non: wallet.login.attempted\n');
    const ended = await runToEnd(['start'], folder, { BULWARK_RULES: rules });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/the rules do not load:\n.*broken\.yaml:\d+:\d+/);
    expect(await processesOf(folder)).toEqual([]);
  });
});

/** Every file of a folder with its content's hash. */
async function fingerprint(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hashed = files.map(async (file) => [
    file,
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  ]);
  return Object.fromEntries((await Promise.all(hashed)) as [string, string][]) as Record<string, string>;
}

describe('one data folder through its life', () => {
  let folder: string;
  let owner: Owner;
  let child: BulwarkChild;

  async function signInAgain(baseUrl: string): Promise<void> {
    const readMailedCode = createMailReader(folder);
    const agent = await createWalletAgent({ baseUrl, readMailedCode, forwardedFor: '198.51.100.40' });
    expect(await agent.login(owner.email, PASSWORD)).toMatchObject({ kind: 'signed_in' });
    expect((await agent.api('GET', '/v1/me')).body).toMatchObject({ account_id: owner.accountId });
  }

  it('starts, prints a line a port, and lets nobody else in', async () => {
    folder = await newFolder();
    child = runBulwark(['start'], folder, TRUSTED);
    const baseUrl = await child.ready();
    for (const port of ['sql', 'event-log', 'analytics', 'chain', 'signer', 'channels']) {
      expect(child.stdout()).toMatch(new RegExp(`^  ${port} +\\S.*\\((not )?durable; `, 'm'));
    }
    expect(child.stdout()).toContain(`${baseUrl}/console/`);
    owner = await newOwner({ baseUrl, dataDirectory: folder }, 'olga', '198.51.100.40');
    const second = await runToEnd(['start'], folder);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining(`is in use by process ${child.pid}`) });
    expect((await fetch(`${baseUrl}/healthz`)).status).toBe(200);
  });

  it('is found again after a kill, whose orphans the next start takes away', async () => {
    child.kill('SIGKILL');
    await child.ended();
    const orphans = await processesOf(folder);
    expect(orphans.map(({ command }) => command).join('\n')).toMatch(/postgres/);
    child = runBulwark(['start'], folder, TRUSTED);
    await signInAgain(await child.ready());
    const now = (await processesOf(folder)).map(({ pid }) => pid);
    for (const { pid } of orphans) expect(now).not.toContain(pid);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('stops in order by %s and leaves nothing running', async (signal) => {
    child.kill(signal);
    expect(await child.ended()).toMatchObject({ code: 0, stdout: expect.stringContaining('Stopped.') });
    await expect.poll(() => processesOf(folder), PATIENCE).toEqual([]);
    expect(child.stderr()).toBe('');
    child = runBulwark(['start'], folder, TRUSTED);
    await child.ready();
  });

  it('stops in the middle of a start as well', async () => {
    child.kill('SIGTERM');
    await child.ended();
    child = runBulwark(['start'], folder, TRUSTED);
    await expect
      .poll(async () => (await processesOf(folder)).some(({ command }) => command.includes('postgres')), PATIENCE)
      .toBe(true);
    child.kill('SIGINT');
    expect(await child.ended()).toMatchObject({ code: 0, stdout: expect.stringContaining('Stopped.') });
    await expect.poll(() => processesOf(folder), PATIENCE).toEqual([]);
  });

  it('is not touched when it is damaged', async () => {
    const cluster = join(folder, 'postgresql', 'cluster');
    await mkdir(join(dirname(folder), 'aside'));
    await rename(join(cluster, 'global', 'pg_control'), join(dirname(folder), 'aside', 'pg_control'));
    const before = await fingerprint(cluster);
    const ended = await runToEnd(['start'], folder);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/PostgreSQL data in .*cluster is damaged: .*Nothing was changed/);
    expect(await fingerprint(cluster)).toEqual(before);
    await expect.poll(() => processesOf(folder), PATIENCE).toEqual([]);
    await rename(join(dirname(folder), 'aside', 'pg_control'), join(cluster, 'global', 'pg_control'));
    child = runBulwark(['start'], folder, TRUSTED);
    await signInAgain(await child.ready());
    child.kill('SIGTERM');
    expect(await child.ended()).toMatchObject({ code: 0 });
  });
});
