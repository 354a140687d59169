import { expect, it } from 'vitest';
import { whileCoordinatorLoads } from './while-coordinator-loads.ts';

/** As kafkajs' own protocol errors are shaped. */
const refused = (type: string, code: number): Error => Object.assign(new Error(type), { type, code });

function failing(times: number, error: Error) {
  let calls = 0;
  const read = async (): Promise<number> => {
    calls += 1;
    if (calls <= times) throw error;
    return calls;
  };
  return read;
}

it('asks again while the coordinator of a fresh broker loads', async () => {
  expect(await whileCoordinatorLoads(failing(3, refused('GROUP_LOAD_IN_PROGRESS', 14)), 0)).toBe(4);
});

it('does not ask for ever, and not again after any other refusal', async () => {
  await expect(whileCoordinatorLoads(failing(1_000, refused('NOT_COORDINATOR_FOR_GROUP', 16)), 0)).rejects.toThrow(
    'NOT_COORDINATOR',
  );
  await expect(whileCoordinatorLoads(failing(1, refused('GROUP_AUTHORIZATION_FAILED', 30)), 0)).rejects.toThrow('AUTHORIZATION');
  await expect(whileCoordinatorLoads(failing(1, new Error('a bug')), 0)).rejects.toThrow('a bug');
});
