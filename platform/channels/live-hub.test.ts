import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { refuse, succeed } from '../../core/index.ts';
import { createLiveHub, type LiveFeed, type LiveHub, type LiveLimits, type LiveMessage } from './index.ts';

const ORIGIN = 'https://wallet.example';

/** A feed in an array: ids are positions, as the port promises. `trimmed` forgets the oldest. */
class ArrayFeed implements LiveFeed {
  readonly messages = new Map<string, LiveMessage[]>();
  broken = false;

  add(recipient: string, body: Record<string, unknown>): void {
    const list = this.messages.get(recipient) ?? [];
    list.push({ id: BigInt(list.length + 1), body });
    this.messages.set(recipient, list);
  }

  trim(recipient: string, upTo: bigint): void {
    this.messages.set(
      recipient,
      (this.messages.get(recipient) ?? []).filter((message) => message.id > upTo),
    );
  }

  head(recipient: string): Promise<bigint> {
    return Promise.resolve(this.messages.get(recipient)?.at(-1)?.id ?? 0n);
  }

  after(recipient: string, id: bigint, limit: number): Promise<readonly LiveMessage[]> {
    if (this.broken) return Promise.reject(new Error('the database is away'));
    const rest = (this.messages.get(recipient) ?? []).filter((message) => message.id > id);
    return Promise.resolve(rest.slice(0, limit));
  }
}

interface Client {
  readonly socket: WebSocket;
  readonly frames: Record<string, unknown>[];
  /** Resolves when so many frames have come. */
  until(count: number): Promise<Record<string, unknown>[]>;
  readonly closed: Promise<number>;
}

function listen(url: string, headers: Record<string, string> = { origin: ORIGIN }): Client {
  const socket = new WebSocket(url, { headers });
  const frames: Record<string, unknown>[] = [];
  socket.on('message', (data) => frames.push(JSON.parse((data as Buffer).toString()) as Record<string, unknown>));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').then(([code]) => code as number);
  return {
    socket,
    frames,
    closed,
    async until(count) {
      while (frames.length < count) await once(socket, 'message');
      return frames;
    },
  };
}

/** Status and problem code of a refused handshake. */
async function refusal(url: string, headers: Record<string, string> = { origin: ORIGIN }): Promise<[number, string]> {
  const socket = new WebSocket(url, { headers });
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return [response.statusCode ?? 0, (JSON.parse(body) as { code: string }).code];
}

describe('live hub', () => {
  let server: Server;
  let hub: LiveHub;
  let feed: ArrayFeed;
  let errors: unknown[];

  async function open(limits: Partial<LiveLimits> = {}): Promise<string> {
    feed = new ArrayFeed();
    errors = [];
    hub = createLiveHub({
      allowedOrigins: [ORIGIN],
      feed,
      limits,
      onError: (error) => errors.push(error),
      authorise: ({ ticket, originPresent }) => {
        if (ticket === null) return Promise.resolve(refuse('live_not_signed_in', `no ticket, origin: ${originPresent}`));
        if (ticket === 'boom') return Promise.reject(new Error('the database is away'));
        if (ticket === 'treasury') return Promise.resolve(refuse('live_role_not_allowed', 'not for you'));
        return Promise.resolve(succeed({ recipient: `account:${ticket}`, principal: `owner:${ticket}` }));
      },
    });
    server = createServer((_request, response) => response.end());
    server.on('upgrade', (request, socket, head) => {
      if (!hub.handleUpgrade(request, socket, head)) socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/live`;
  }

  afterEach(async () => {
    await hub.close();
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  it('shows each viewer their own messages alone, from now on', async () => {
    const url = await open();
    feed.add('account:ana', { text: 'old' });
    const ana = listen(`${url}?ticket=ana`);
    const ben = listen(`${url}?ticket=ben`);
    await Promise.all([ana.until(1), ben.until(1)]);
    feed.add('account:ana', { text: 'for ana' });
    feed.add('account:ben', { text: 'for ben' });
    hub.wake();
    expect(await ana.until(2)).toEqual([
      { kind: 'hello', id: '1' },
      { id: '2', text: 'for ana' },
    ]);
    expect(await ben.until(2)).toEqual([
      { kind: 'hello', id: '0' },
      { id: '1', text: 'for ben' },
    ]);
  });

  it('goes on after last_seen, over several pages, without a loss or a double', async () => {
    const url = await open({ pageSize: 7 });
    for (let index = 1; index <= 50; index += 1) feed.add('account:ana', { index });
    const client = listen(`${url}?ticket=ana&last_seen=3`);
    const writing = (async () => {
      for (let index = 51; index <= 100; index += 1) {
        feed.add('account:ana', { index });
        hub.wake('account:ana');
        if (index % 10 === 0) await new Promise(setImmediate);
      }
    })();
    await writing;
    const [hello, ...rest] = await client.until(98);
    expect(hello).toEqual({ kind: 'hello', id: '3' });
    expect(rest.map((frame) => frame['index'])).toEqual(Array.from({ length: 97 }, (_, index) => index + 4));
  });

  it('says which messages are gone', async () => {
    const url = await open();
    for (let index = 1; index <= 9; index += 1) feed.add('account:ana', { index });
    feed.trim('account:ana', 6n);
    const late = await listen(`${url}?ticket=ana&last_seen=2`).until(3);
    expect(late.slice(0, 3)).toEqual([
      { kind: 'hello', id: '2' },
      { kind: 'gap', after: '2', before: '7' },
      { id: '7', index: 7 },
    ]);
    const ahead = await listen(`${url}?ticket=ana&last_seen=99`).until(2);
    expect(ahead).toEqual([
      { kind: 'hello', id: '9' },
      { kind: 'gap', after: '99', before: '9' },
    ]);
  });

  it('refuses foreign pages, missing sign-ins, wrong roles and malformed positions', async () => {
    const url = await open();
    expect(await refusal(`${url}?ticket=ana`, { origin: 'https://evil.example' })).toEqual([403, 'origin_not_allowed']);
    expect(await refusal(`${url}?ticket=ana`, { origin: 'null' })).toEqual([403, 'origin_not_allowed']);
    expect(await refusal(url)).toEqual([401, 'live_not_signed_in']);
    expect(await refusal(`${url}?ticket=treasury`)).toEqual([403, 'live_role_not_allowed']);
    expect(await refusal(`${url}?ticket=ana&last_seen=-1`)).toEqual([400, 'last_seen_malformed']);
    expect(hub.connections()).toBe(0);
  });

  it('refuses while sign-ins cannot be checked, and goes on afterwards', async () => {
    const url = await open();
    expect(await refusal(`${url}?ticket=boom`)).toEqual([503, 'live_unavailable']);
    expect(errors).toHaveLength(1);
    expect(await listen(`${url}?ticket=ana`).until(1)).toEqual([{ kind: 'hello', id: '0' }]);
  });

  it('leaves other addresses to others', async () => {
    const url = await open();
    const socket = new WebSocket(url.replace('/v1/live', '/v1/other'));
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('404');
  });

  it('bounds the connections of one principal, and counts closed ones out', async () => {
    const url = await open({ connectionsPerPrincipalMax: 2 });
    const first = listen(`${url}?ticket=ana`);
    await Promise.all([first.until(1), listen(`${url}?ticket=ana`).until(1)]);
    expect(await refusal(`${url}?ticket=ana`)).toEqual([429, 'too_many_connections']);
    await listen(`${url}?ticket=ben`).until(1);
    first.socket.close();
    await first.closed;
    await expect.poll(() => hub.connections()).toBe(2);
    await listen(`${url}?ticket=ana`).until(1);
  });

  it('closes a client that talks, and one that talks too much', async () => {
    const url = await open();
    const talking = listen(`${url}?ticket=ana`);
    await talking.until(1);
    talking.socket.send('hello?');
    expect(await talking.closed).toBe(1008);
    const shouting = listen(`${url}?ticket=ana`);
    await shouting.until(1);
    shouting.socket.send('x'.repeat(2_000));
    expect(await shouting.closed).toBe(1009);
  });

  it('drops a client that does not read, while others go on', async () => {
    const url = await open({ stallMs: 300 });
    const slow = listen(`${url}?ticket=ana`);
    await slow.until(1);
    slow.socket.pause();
    const big = 'x'.repeat(512 * 1024);
    for (let index = 0; index < 100; index += 1) feed.add('account:ana', { big });
    hub.wake();
    await expect.poll(() => hub.connections(), { timeout: 10_000 }).toBe(0);
    slow.socket.terminate();
    const quick = listen(`${url}?ticket=ben`);
    await quick.until(1);
    feed.add('account:ben', { text: 'still here' });
    hub.wake();
    expect((await quick.until(2))[1]).toEqual({ id: '1', text: 'still here' });
  });

  it('cuts off a peer that no longer answers pings', async () => {
    const url = await open({ heartbeatMs: 50 });
    const silent = new WebSocket(`${url}?ticket=ana`, { headers: { origin: ORIGIN }, autoPong: false });
    const lively = listen(`${url}?ticket=ben`);
    const [code] = (await once(silent, 'close')) as [number];
    expect(code).toBe(1006);
    expect(lively.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('ends old connections so that they sign in again', async () => {
    const url = await open({ ageMsMax: 50 });
    expect(await listen(`${url}?ticket=ana`).closed).toBe(4001);
  });

  it('ends the connections of a sign-in that ended', async () => {
    const url = await open();
    const dropped = listen(`${url}?ticket=ana`);
    await dropped.until(1);
    hub.drop('owner:ana');
    expect(await dropped.closed).toBe(4003);
  });

  it('closes with “try again” when its feed breaks', async () => {
    const url = await open();
    const client = listen(`${url}?ticket=ana`);
    await client.until(1);
    feed.broken = true;
    hub.wake();
    expect(await client.closed).toBe(1011);
    expect(errors).toHaveLength(1);
  });

  it('says goodbye when the server stops, and takes nobody new', async () => {
    const url = await open();
    const client = listen(`${url}?ticket=ana`);
    await client.until(1);
    await hub.close();
    expect(await client.closed).toBe(1001);
    expect(await refusal(`${url}?ticket=ana`)).toEqual([503, 'live_unavailable']);
  });
});
