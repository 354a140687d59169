import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AccountId, DeviceId } from '../../core/index.ts';
import { systemClock, systemRandom } from '../../platform/clock/index.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import { auditMigrations, createAuditLog } from '../audit/index.ts';
import { createOutbox, outboxMigrations } from '../outbox/index.ts';
import { createDevices, type Devices, devicesMigrations } from './index.ts';

let database: TestDatabase;
let devices: Devices;
beforeAll(async () => {
  database = await createTestDatabase([outboxMigrations, auditMigrations, devicesMigrations]);
  const audit = createAuditLog({ clock: systemClock });
  devices = createDevices({ clock: systemClock, audit, outbox: createOutbox({ clock: systemClock, random: systemRandom }) });
});
afterAll(() => database?.drop());

function bind(account: string, device: string) {
  const deviceId = device as DeviceId;
  const client = { ip: '192.0.2.1', userAgent: 'Browser', deviceId, sessionId: null };
  return database.sql.transaction((transaction) =>
    devices.bind(transaction, { accountId: account as AccountId, deviceId, client }),
  );
}

function remove(account: string, device: string) {
  const removal = { accountId: account as AccountId, deviceId: device as DeviceId, actor: 'owner:x', reason: 'owner_removed' };
  return database.sql.transaction((transaction) => devices.remove(transaction, removal));
}

test('binds once, also for many at once, and knows the first device', async () => {
  const results = await Promise.all(Array.from({ length: 20 }, () => bind('a', 'phone')));
  const created = results.filter((result) => result.ok && result.value.created);
  expect(created).toEqual([{ ok: true, value: { created: true, first: true } }]);
  expect(await bind('a', 'tablet')).toEqual({ ok: true, value: { created: true, first: false } });
  expect(await devices.list(database.sql, 'a' as AccountId)).toHaveLength(2);
});

test('takes ten devices and not one more, however parallel; a removed one makes room and stays removed', async () => {
  const results = await Promise.all(Array.from({ length: 25 }, (_, index) => bind('b', `device-${index}`)));
  expect(results.filter((result) => result.ok)).toHaveLength(10);
  expect(results.find((result) => !result.ok)).toMatchObject({ refusal: { code: 'device_limit_reached' } });
  const [first] = await devices.list(database.sql, 'b' as AccountId);
  const deviceId = first?.deviceId ?? '';
  expect((await remove('b', deviceId)).ok).toBe(true);
  expect(await remove('b', deviceId)).toMatchObject({ refusal: { code: 'device_unknown' } });
  expect(await bind('b', deviceId)).toMatchObject({ refusal: { code: 'device_removed' } });
  expect((await bind('b', 'one-more')).ok).toBe(true);
});
