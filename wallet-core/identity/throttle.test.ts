import { afterAll, beforeAll, expect, test } from 'vitest';
import { MINUTE_MS } from '../../core/index.ts';
import { ManualClock } from '../../platform/clock/index.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import { IDENTITY_LIMITS, identityMigrations } from './index.ts';
import { createThrottle } from './throttle.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase([identityMigrations]);
});
afterAll(() => database?.drop());

test('a bucket gives its burst at once, however parallel, then one an interval, and nothing while it is empty', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const rates = { ...IDENTITY_LIMITS.rates, totp: { burst: 5, everyMs: MINUTE_MS } };
  const throttle = createThrottle(clock, rates);
  const take = (key: string): Promise<boolean> => throttle.take(database.sql, 'totp', key);
  const taken = await Promise.all(Array.from({ length: 40 }, () => take('a')));
  expect(taken.filter(Boolean)).toHaveLength(5);
  expect(await take('b')).toBe(true);
  clock.advance(MINUTE_MS - 1);
  expect(await take('a')).toBe(false);
  clock.advance(1);
  expect(await take('a')).toBe(true);
  expect(await take('a')).toBe(false);
  clock.advance(60 * MINUTE_MS);
  await throttle.sweep(database.sql);
  expect(await database.sql.query('select key from identity.throttle')).toEqual([]);
  for (let index = 0; index < 5; index += 1) expect(await take('a')).toBe(true);
  expect(await take('a')).toBe(false);
});
