import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../sql/testing.ts';
import { balanceLeases, commitOffset, enterGroup, leaveGroup, type Lease, type Member, releaseLease } from './leases.ts';
import { eventLogMigrations } from './open-sql-event-log.ts';
import { createTopics, type Topic } from './topics.ts';

const PARTITIONS = 7;
const LONG_MS = 600_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase([eventLogMigrations]);
});
afterAll(() => database.drop());

const member = (group: string, leaseMs = LONG_MS): Member => ({ group, id: crypto.randomUUID(), leaseMs });

async function newTopic(group: string): Promise<Topic> {
  const topics = createTopics(database.sql);
  const name = `t-${crypto.randomUUID()}`;
  await topics.ensure([{ name, partitions: PARTITIONS }]);
  const topic = await topics.get(name);
  await enterGroup(database.sql, group, topic, 'earliest');
  return topic;
}

test('a member whose lease ran out cannot commit over the one that has it now', async () => {
  const topic = await newTopic('g');
  const [slow, next] = [member('g', 0), member('g')];
  const [stale] = (await balanceLeases(database.sql, slow, topic, [], 0)).won;
  const taken = (await balanceLeases(database.sql, next, topic, [], 0)).won.find(
    ({ partition }) => partition === stale?.partition,
  );
  if (stale === undefined || taken === undefined) throw new Error('no lease');
  expect(taken.epoch).toBeGreaterThan(stale.epoch);
  expect(await commitOffset(database.sql, slow, stale, 5n)).toBe(false);
  expect(await commitOffset(database.sql, next, taken, 3n)).toBe(true);
  await releaseLease(database.sql, slow, stale);
  expect(await commitOffset(database.sql, next, taken, 4n)).toBe(true);
  // Neither does the lease come back to life by being renewed.
  const { kept } = await balanceLeases(database.sql, slow, topic, [stale], 0);
  expect(kept.has(stale.partition)).toBe(false);
});

test('any number of members ends with fair shares, and every partition has one', async () => {
  const topic = await newTopic('fair');
  const held = new Map<Member, readonly Lease[]>();
  const settle = async (): Promise<void> => {
    // Twice: what the first round gives up, the second takes.
    for (let round = 0; round < 2; round += 1) {
      for (const [one, leases] of held) {
        const { won, kept, surplus } = await balanceLeases(database.sql, one, topic, leases, 0);
        const mine = leases.filter(({ partition }) => kept.has(partition));
        for (const lease of mine.slice(0, surplus)) await releaseLease(database.sql, one, lease);
        held.set(one, [...mine.slice(surplus), ...won]);
      }
    }
    const sizes = [...held.values()].map((leases) => leases.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(PARTITIONS);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(new Set([...held.values()].flat().map(({ partition }) => partition)).size).toBe(PARTITIONS);
  };
  for (let count = 1; count <= PARTITIONS + 2; count += 1) {
    held.set(member('fair'), []);
    await settle();
  }
  for (const one of [...held.keys()].slice(0, 5)) {
    for (const lease of held.get(one) ?? []) await releaseLease(database.sql, one, lease);
    await leaveGroup(database.sql, one, topic);
    held.delete(one);
    await settle();
  }
});

test('members that join at the same instant never hold one partition twice', async () => {
  const topic = await newTopic('rush');
  const members = Array.from({ length: 8 }, () => member('rush'));
  const balances = await Promise.all(members.map((one) => balanceLeases(database.sql, one, topic, [], 0)));
  const partitions = balances.flatMap(({ won }) => won.map(({ partition }) => partition));
  expect(partitions).toHaveLength(new Set(partitions).size);
  expect(partitions).toHaveLength(PARTITIONS);
});
