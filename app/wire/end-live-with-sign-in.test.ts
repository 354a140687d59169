import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import { auditMigrations } from '../../wallet-core/audit/index.ts';
import { devicesMigrations } from '../../wallet-core/devices/index.ts';
import { identityMigrations } from '../../wallet-core/identity/index.ts';
import { type IdentityHost, openIdentityHost } from '../../wallet-core/identity/testing/identity-host.ts';
import { outboxMigrations } from '../../wallet-core/outbox/index.ts';
import { restrictionsMigrations } from '../../wallet-core/restrictions/index.ts';
import { endLiveWithSignIn } from './end-live-with-sign-in.ts';

const PASSWORD = 'violet anchor tramway';
let database: TestDatabase;
let host: IdentityHost;
const ended: (string | undefined)[] = [];
let heard = Promise.withResolvers<void>();
let part: ReturnType<typeof endLiveWithSignIn>;

beforeAll(async () => {
  database = await createTestDatabase([
    outboxMigrations,
    auditMigrations,
    restrictionsMigrations,
    devicesMigrations,
    identityMigrations,
  ]);
  host = await openIdentityHost(database.sql);
  const alerts = {
    async endLive(principal?: string) {
      ended.push(principal);
      heard.resolve();
    },
  };
  part = endLiveWithSignIn({ sql: database.sql, alerts, onError: heard.reject });
  await part.start();
});
afterAll(async () => {
  await part?.stop();
  await host?.close();
  await database?.drop();
});

/** What was ended once `act` was heard of. */
async function endedBy(act: () => Promise<unknown>): Promise<readonly (string | undefined)[]> {
  ended.length = 0;
  heard = Promise.withResolvers();
  await act();
  await heard.promise;
  return ended;
}

let people = 0;
async function signedIn() {
  people += 1;
  const email = `person${people}@example.com`;
  const agent = await host.agent({ forwardedFor: `198.51.100.${people}` });
  const { accountId } = await agent.signUp(email, PASSWORD);
  await agent.login(email, PASSWORD);
  return { agent, accountId };
}

it('ends live connections with the sign-in: signing out everywhere, the owner’s lock, a verdict, a removed device', async () => {
  const one = await signedIn();
  expect(await endedBy(() => one.agent.api('POST', '/v1/me/sessions/revoke-all'))).toEqual([`owner:${one.accountId}`]);
  const two = await signedIn();
  expect(await endedBy(() => two.agent.api('POST', '/v1/me/lock'))).toEqual([`owner:${two.accountId}`]);
  const three = await signedIn();
  const verdict = { body: { id: 'verdict', subject: three.accountId, actions: ['revoke_sessions'] } } as never;
  const judged = () => database.sql.transaction((transaction) => host.identity.onVerdict(transaction, verdict));
  expect(await endedBy(judged)).toEqual([`owner:${three.accountId}`]);
  const four = await signedIn();
  const removed = () => four.agent.api('DELETE', `/v1/me/devices/${four.agent.deviceId()}`);
  expect(await endedBy(removed)).toEqual([`owner:${four.accountId}`]);
});

it('ends everybody’s after a lost connection, when notices may have been missed', async () => {
  const lost = () =>
    database.sql.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query like 'LISTEN%' and pid <> pg_backend_pid()`,
    );
  expect(await endedBy(lost)).toEqual([undefined]);
});
