import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEndpoint } from './rpc-endpoint.ts';

const KEY = 'v3/3c5a1e7f0b9d4c2e8a6f';
let node: Server;
let port = 0;

beforeAll(async () => {
  node = createServer((request, response) => {
    const refusal = { jsonrpc: '2.0', id: 1, error: { code: -32_601, message: `no such method at ${request.url}` } };
    if (request.url?.endsWith('/refuse') === true) response.end(JSON.stringify(refusal));
    else response.writeHead(401).end(`the key in ${request.url} is not known`);
  });
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve));
  port = (node.address() as AddressInfo).port;
});
afterAll(() => node.close());

/** Everything a log would print of an error: messages and stacks along the causes, and what hangs on them. */
function printed(error: unknown): string {
  const texts: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) texts.push(at.message, at.stack ?? '', JSON.stringify(at));
  return texts.join('\n');
}

it.each(['', '/refuse'])('no error shows the key that stands in the address of a node (%s)', async (path) => {
  const endpoint = openEndpoint(`http://127.0.0.1:${port}/${KEY}${path}`, 1);
  const error: unknown = await endpoint.request('eth_blockNumber', []).catch((reason: unknown) => reason);
  endpoint.close();
  expect(error).toMatchObject({ name: 'OutsideError' });
  expect(printed(error)).toContain(`127.0.0.1:${port}`);
  expect(printed(error)).not.toContain(KEY);
});
