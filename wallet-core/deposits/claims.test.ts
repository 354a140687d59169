import { afterAll, beforeAll, expect, it } from 'vitest';
import { OutsideError } from '../../core/index.ts';
import { CONFIRMATIONS, NATIVE, openWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

it('a claim that cannot be looked at goes to the end of the line', async () => {
  const unreadable = async (): Promise<never> => {
    throw new OutsideError('rpc_refused', 'the node gave up', { retryable: false });
  };
  const chain = { ...world.chain, receipt: unreadable };
  const finality = { kind: 'confirmations', count: CONFIRMATIONS } as const;
  const room = await world.room([NATIVE], {}, { chains: [{ chain, name: 'test chain', finality, startBlock: 0 }] });
  const { id } = await room.account();
  expect(await room.claim(id, `0x${'cd'.repeat(32)}`)).toMatchObject({ state: 'pending', reason: 'chain_unavailable' });
  room.clock.advance(5_000);
  await room.deposits.watcher.tick();
  const [row] = await room.database.sql.query<{ judged_at: Date }>('select judged_at from deposits.claim');
  expect(row?.judged_at.getTime()).toBe(room.clock.now());
});
