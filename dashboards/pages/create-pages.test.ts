import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPages } from './create-pages.ts';

let base: string;
let directory: string;
let server: FastifyInstance;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'bulwark-pages-'));
  directory = join(base, 'site');
  await mkdir(directory);
  for (const page of ['console', 'wallet']) {
    await mkdir(join(directory, page));
    await writeFile(join(directory, page, 'index.html'), `<title>${page}</title>`);
  }
  await mkdir(join(directory, 'assets'));
  await writeFile(join(directory, 'assets', 'page-1a2b.js'), 'export {};');
  server = Fastify();
  await server.register(async (scope) => createPages({ directory: `${directory}/` })(scope));
});
afterEach(async () => {
  await server.close();
  await rm(base, { recursive: true });
});

describe('pages', () => {
  it('answer each address of theirs with their own index, never kept', async () => {
    for (const url of ['/wallet/', '/wallet/withdrawals/7?from=mail', '/wallet/callback?code=x']) {
      const answer = await server.inject(url);
      expect([answer.statusCode, answer.body, answer.headers['cache-control']]).toEqual([
        200,
        '<title>wallet</title>',
        'no-cache',
      ]);
    }
    expect((await server.inject('/console/accounts/7')).body).toBe('<title>console</title>');
    expect((await server.inject('/wallet')).headers.location).toBe('/wallet/');
  });

  it('let browsers keep built files for good, since their names change with them', async () => {
    const answer = await server.inject('/assets/page-1a2b.js');
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
    expect(answer.headers['content-type']).toContain('javascript');
    expect((await server.inject('/assets/none.js')).statusCode).toBe(404);
  });

  it('give nothing from outside their folder', async () => {
    await writeFile(join(base, 'outside.txt'), 'secret');
    for (const url of ['/assets/../../outside.txt', '/assets/%2e%2e/%2e%2e/outside.txt', '/assets/..%2f..%2foutside.txt']) {
      expect((await server.inject(url)).body).not.toContain('secret');
    }
  });
});
