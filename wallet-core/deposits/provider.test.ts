import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CHAIN_ID, CONFIRMATIONS, depositXpub, NATIVE, openWorld, type Room, type World } from './testing.ts';
import { parseWebhookKey, signWebhook } from './provider-signature.ts';

const key = parseWebhookKey(`whsec_${Buffer.alloc(32, 7).toString('base64')}`);
const otherKey = parseWebhookKey(`whsec_${Buffer.alloc(32, 8).toString('base64')}`);
const HASH = `0x${'ab'.repeat(32)}`;

let world: World;
let room: Room;
let account = 2_000;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  account += 1;
  const providers = [{ name: 'acme', keys: [key] }];
  room = await world.room([NATIVE], {}, { xpub: depositXpub(account), providers });
});

interface Delivery {
  readonly id?: string;
  readonly body?: unknown;
  readonly signedWith?: typeof key;
  readonly skewMs?: number;
  readonly tamper?: (text: string) => string;
}

function deliver({ id = 'evt_1', body, signedWith = key, skewMs = 0, tamper = (text) => text }: Delivery = {}) {
  const text = JSON.stringify(body ?? { type: 'deposit.completed', data: { chain_id: CHAIN_ID, tx_hash: HASH } });
  const timestamp = String(Math.floor((room.clock.now() + skewMs) / 1_000));
  return room.server.inject({
    method: 'POST',
    url: '/v1/providers/acme/callbacks',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signWebhook(signedWith, { id, timestamp }, Buffer.from(text)),
    },
    payload: tamper(text),
  });
}

async function count(table: string): Promise<number> {
  const rows = await room.database.sql.query(`select 1 from deposits.${table}`);
  return rows.length;
}

describe('a provider callback', () => {
  it('F01: forged, or changed on the way, is refused and told to the stream within bounds', async () => {
    expect((await deliver({ signedWith: otherKey })).statusCode).toBe(401);
    expect((await deliver({ tamper: (text) => text.replace('completed', 'Completed') })).statusCode).toBe(401);
    for (let index = 0; index < 30; index += 1) await deliver({ signedWith: otherKey });
    const events = await room.events('provider:acme');
    expect(events[0]).toMatchObject({
      type: 'wallet.request.rejected',
      data: { reason: 'bad_signature', door: 'provider.callback', detail: 'acme' },
    });
    expect(events).toHaveLength(10);
    expect(await count('claim')).toBe(0);
  });

  it('F01 and F02: a flood of one kind does not hide the other', async () => {
    for (let index = 0; index < 12; index += 1) await deliver({ signedWith: otherKey });
    await deliver();
    await deliver();
    const reasons = (await room.events('provider:acme')).map((each) => each.data['reason']);
    expect(reasons.filter((reason) => reason === 'replayed')).toHaveLength(1);
  });

  it('F02: a genuine one is taken once, also when eight arrive together and when it comes back much later', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => deliver()));
    expect(answers.map((each) => each.statusCode)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(answers.filter((each) => each.json<{ result: string }>().result === 'accepted')).toHaveLength(1);
    const late = await deliver({ skewMs: -3_600_000 });
    expect([late.statusCode, late.json<{ result: string }>().result]).toEqual([200, 'duplicate']);
    expect(await count('claim')).toBe(1);
    const events = await room.events('provider:acme');
    expect(events.filter((each) => each.type === 'wallet.deposit.claimed')).toHaveLength(1);
    const replays = events.filter((each) => each.type === 'wallet.request.rejected');
    expect(replays.map((each) => each.data)).toEqual(
      Array.from({ length: 8 }, () => expect.objectContaining({ reason: 'replayed', door: 'provider.callback', detail: 'acme' })),
    );
  });

  it('F02: an unknown one outside the five minutes is refused', async () => {
    expect((await deliver({ id: 'evt_old', skewMs: -301_000 })).json<{ code: string }>().code).toBe('webhook_expired');
    expect((await deliver({ id: 'evt_new', skewMs: 301_000 })).statusCode).toBe(401);
    expect(await count('provider_event')).toBe(0);
  });

  it('F03 and F04: is only a hint; what it says of amounts, users and states changes nothing', async () => {
    const alice = await room.account();
    const body = { data: { chain_id: CHAIN_ID, tx_hash: HASH, amount: '999999', account_id: alice.id, state: 'confirmed' } };
    expect((await deliver({ body })).statusCode).toBe(200);
    await world.mine(CONFIRMATIONS);
    await room.deposits.watcher.tick();
    expect(await room.available(alice.id)).toBe(0n);

    const { hash } = await world.sender.pay(alice.address, 5n);
    const real = { data: { chain_id: CHAIN_ID, tx_hash: hash, amount: '999999', account_id: 'mallory' } };
    expect((await deliver({ id: 'evt_2', body: real })).statusCode).toBe(200);
    expect(await room.available(alice.id)).toBe(0n);
    await world.mine(CONFIRMATIONS);
    await room.deposits.watcher.tick();
    expect(await room.available(alice.id)).toBe(5n);
    expect(await room.available('mallory')).toBe(0n);
    const [claim] = await room.database.sql.query<{ state: string }>(`select state from deposits.claim where id = 'evt_2'`);
    expect(claim?.state).toBe('credited');
  });

  it('F03: a genuine one about a failed transaction is rejected by the chain', async () => {
    const token = await world.sender.deploy('PlainToken', 'Other', 'OTHER', 6, 0n);
    const failed = await world.sender.call('PlainToken', token, 'transfer', [world.sender.address, 1n]);
    expect(failed.status).toBe(0);
    await room.deposits.watcher.tick();
    await deliver({ body: { data: { chain_id: CHAIN_ID, tx_hash: failed.hash } } });
    const events = await room.events('provider:acme');
    expect(events.at(-1)).toMatchObject({
      type: 'wallet.deposit.rejected',
      data: { attack: 'E02', reason: 'transaction_failed' },
    });
  });

  it('F09: without a whole chain id and a whole hash is 400, over 64 KiB is 413, of nobody is 404', async () => {
    for (const data of [
      { chain_id: '31337', tx_hash: HASH },
      { chain_id: -1, tx_hash: HASH },
      { chain_id: 1.5, tx_hash: HASH },
      {},
    ]) {
      expect((await deliver({ body: { data } })).statusCode).toBe(400);
    }
    expect((await deliver({ body: { data: { chain_id: CHAIN_ID, tx_hash: HASH, pad: 'x'.repeat(70_000) } } })).statusCode).toBe(
      413,
    );
    const unknown = await room.server.inject({
      method: 'POST',
      url: '/v1/providers/nobody/callbacks',
      headers: { 'webhook-id': 'a', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' },
      payload: 'x',
    });
    expect(unknown.statusCode).toBe(404);
  });

  it('is accepted under both keys while they are rotated', async () => {
    const providers = [{ name: 'acme', keys: [key, otherKey] }];
    room = await world.room([NATIVE], {}, { xpub: depositXpub(account + 500), providers });
    expect((await deliver({ id: 'a' })).statusCode).toBe(200);
    expect((await deliver({ id: 'b', signedWith: otherKey })).statusCode).toBe(200);
  });

  it('has keys of at least 24 bytes', () => {
    expect(() => parseWebhookKey('whsec_AAAA')).toThrow(TypeError);
    expect(() => parseWebhookKey('secret')).toThrow(TypeError);
  });
});

/** The example of the Standard Webhooks specification: standard-webhooks/standard-webhooks, spec/standard-webhooks.md. */
describe('the signature', () => {
  it('is deterministic over id, time and bytes, and changes with each', () => {
    const body = Buffer.from('{"a":1}');
    const one = signWebhook(key, { id: 'a', timestamp: '1' }, body);
    expect(signWebhook(key, { id: 'a', timestamp: '1' }, body)).toBe(one);
    expect(signWebhook(key, { id: 'b', timestamp: '1' }, body)).not.toBe(one);
    expect(signWebhook(key, { id: 'a', timestamp: '2' }, body)).not.toBe(one);
    expect(signWebhook(key, { id: 'a', timestamp: '1' }, Buffer.from('{"a": 1}'))).not.toBe(one);
  });
});
