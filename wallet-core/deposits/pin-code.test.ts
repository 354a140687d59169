import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Hex } from '../../platform/chain/index.ts';
import { createAuditLog } from '../audit/index.ts';
import { pinCode } from './index.ts';
import { CONFIRMATIONS, listToken, openWorld, type Room, type World } from './testing.ts';

let world: World;
let room: Room;
const NOBODY: Hex = '0x00000000000000000000000000000000000000aa';

beforeAll(async () => {
  world = await openWorld();
  room = await world.room([]);
});
afterAll(() => world?.close());

/** What a start does. */
function start(asset: string, contract: Hex) {
  const { sql } = room.database;
  return pinCode(
    { sql, clock: room.clock, audit: createAuditLog({ clock: room.clock }), chain: world.chain },
    { asset, contract },
  );
}

it('keeps the code of the first listing over restarts, so that a change in between is seen and held (E27)', async () => {
  const token = await world.sender.deploy('PlainToken', 'Dollar', 'USDX', 6, 1_000_000n);
  const listed = await listToken(world.chain, token);
  expect(await start(listed.id, token)).toEqual({ codeHash: listed.codeHash, unchanged: true });
  expect(await start(listed.id, token)).toEqual({ codeHash: listed.codeHash, unchanged: true });

  // While nobody looked, the token became one with a hundred bytes more behind its end: it works as before, and is another.
  const code = await world.chain.code(token, (await world.chain.head()).number);
  await world.sender.rpc('anvil_setCode', [token, `${code}${'00'.repeat(100)}`]);
  const pinned = await start(listed.id, token);
  expect(pinned).toEqual({ codeHash: listed.codeHash, unchanged: false });

  const later = await world.room([{ ...listed, codeHash: pinned.codeHash }]);
  const { id, address } = await later.account();
  const paid = await world.sender.call('PlainToken', token, 'transfer', [address, 900n]);
  await world.mine(CONFIRMATIONS);
  await later.deposits.watcher.tick();
  expect(await later.available(id, listed.id)).toBe(0n);
  expect(await later.claim(id, paid.hash)).toMatchObject({ state: 'held', reason: 'token_code_changed', attack: 'E27' });
});

it('gives starts at the same time one answer, told to the audit log once', async () => {
  const token = await world.sender.deploy('PlainToken', 'Dollar', 'USDX', 6, 1_000_000n);
  const { id } = await listToken(world.chain, token);
  const starts = await Promise.all(Array.from({ length: 5 }, () => start(id, token)));
  expect(new Set(starts.map((each) => each.codeHash)).size).toBe(1);
  expect(
    await room.database.sql.query(`select 1 from audit.entry where kind = 'token_code_pinned' and subject = $1`, [id]),
  ).toHaveLength(1);
});

it('lists no address without code for the first time (E28)', async () => {
  await expect(start('eip155:31337/erc20:0xaa', NOBODY)).rejects.toMatchObject({ code: 'token_has_no_code' });
});
