import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventId, keyIdOf, statementSigner, TOPICS, type Verdict, type VerdictBody } from '../../core/index.ts';
import { systemClock } from '../../platform/clock/index.ts';
import { type EventLog, eventLogMigrations, openSqlEventLog } from '../../platform/event-log/index.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import { createVerdictInbox, type VerdictInbox, verdictsMigrations } from './index.ts';

const pem = () =>
  generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
const engine = pem();
const publicKey = createPublicKey(engine.publicKey);
const trusted = new Map([[keyIdOf(publicKey), publicKey]]);
let database: TestDatabase;
let log: EventLog;
let counter = 0;

beforeAll(async () => {
  database = await createTestDatabase([eventLogMigrations, verdictsMigrations]);
  log = openSqlEventLog({ sql: database.sql, clock: systemClock });
  await log.ensureTopics([{ name: TOPICS.verdicts, partitions: 2 }]);
  await database.sql.query('create table handled (event_id text, revision int)');
});
afterAll(async () => {
  await log.close();
  await database.drop();
});

function verdict(body: Partial<VerdictBody>, signer = engine.privateKey): Verdict {
  counter += 1;
  const complete: VerdictBody = {
    id: `verdict-${counter}`,
    event_id: `event-${counter}`,
    event_source: 'urn:bulwark:wallet',
    event_type: 'wallet.login.attempted',
    event_time: '2026-11-01T00:00:00.000Z',
    subject: 'account-1',
    stream: 'live',
    payload_hash: null,
    revision: 1,
    outcome: 'allow',
    score: 0,
    actions: [],
    reasons: [],
    undecided: {},
    shadow: [],
    models: [],
    degraded: null,
    facts: {},
    judged_at: '2026-11-01T00:00:00.000Z',
    expires_at: '2026-11-01T00:15:00.000Z',
    receipt: {
      arrival: '1',
      topic: TOPICS.events,
      partition: 0,
      offset: '0',
      rules_revision: 'r',
      models_revision: 'm',
      lists_revision: 'l',
      features_revision: 'f',
      previous: '0'.repeat(64),
    },
    ...body,
  };
  return statementSigner(signer).sign(complete);
}

const send = (...values: readonly unknown[]) =>
  log.produce(
    TOPICS.verdicts,
    values.map((value) => ({ key: 'account-1', value: typeof value === 'string' ? value : JSON.stringify(value), headers: {} })),
  );

async function withInbox(use: (inbox: VerdictInbox) => Promise<void>): Promise<void> {
  const inbox = createVerdictInbox({ sql: database.sql, log, clock: systemClock, trusted, onError: () => undefined });
  inbox.on('wallet.login.attempted', async (transaction, { body }) => {
    await transaction.query('insert into handled values ($1, $2)', [body.event_id, body.revision]);
  });
  await inbox.start();
  try {
    await use(inbox);
  } finally {
    await inbox.stop();
  }
}

const handled = async (eventId: string): Promise<number> =>
  (await database.sql.query('select 1 from handled where event_id = $1', [eventId])).length;
const WAIT_MS = 20_000;

describe('the verdict inbox', () => {
  it('handles a verdict once, however often it is delivered, and wakes who waits', async () => {
    const good = verdict({});
    await withInbox(async (inbox) => {
      const waiting = inbox.awaitVerdict(good.body.event_id as EventId, WAIT_MS);
      await send(good, good);
      expect(await waiting).toEqual(good);
      const later = verdict({});
      await send(good, later);
      expect(await inbox.awaitVerdict(later.body.event_id as EventId, WAIT_MS)).toEqual(later);
    });
    expect(await handled(good.body.event_id)).toBe(1);
  });

  it('acts on nothing forged, altered, malformed or of an import, and goes on', async () => {
    const forged = verdict({ outcome: 'freeze' }, pem().privateKey);
    const honest = verdict({});
    const altered = { ...honest, body: { ...honest.body, outcome: 'freeze' } };
    const imported = verdict({ stream: 'history' });
    const last = verdict({});
    await withInbox(async (inbox) => {
      await send(forged, altered, '{"not": "a verdict"}', 'not even JSON', imported, last);
      expect(await inbox.awaitVerdict(last.body.event_id as EventId, WAIT_MS)).toEqual(last);
    });
    for (const refused of [forged, honest, imported]) expect(await handled(refused.body.event_id)).toBe(0);
    const kept = await database.sql.query<{ reason: string }>('select reason from verdicts.refused order by id');
    expect(kept.map((row) => row.reason)).toEqual([
      'statement_key_unknown',
      'statement_signature_invalid',
      'verdict_malformed',
      'verdict_malformed',
    ]);
  });

  it('is not stopped by a forgery that no signature can cover', async () => {
    const real = verdict({});
    const forged = { ...real, body: { ...real.body, facts: { note: 'half of a pair' } } };
    const last = verdict({});
    await withInbox(async (inbox) => {
      await send(JSON.stringify(forged).replace('half of a pair', '\\ud800'), last);
      expect(await inbox.awaitVerdict(last.body.event_id as EventId, WAIT_MS)).toEqual(last);
    });
    expect(await handled(real.body.event_id)).toBe(0);
  });

  it('does not take the verdict of another producer for that of the wallet’s event with the same id', async () => {
    const ours = verdict({ outcome: 'hold' });
    const theirs = verdict({ event_id: ours.body.event_id, event_source: 'urn:bulwark:service:other', outcome: 'allow' });
    await withInbox(async (inbox) => {
      await send(theirs, ours);
      expect(await inbox.awaitVerdict(ours.body.event_id as EventId, WAIT_MS)).toEqual(ours);
    });
  });

  it('wakes who waits in another process, and answers with the newest revision', async () => {
    const first = verdict({});
    const second = verdict({ event_id: first.body.event_id, revision: 2, outcome: 'hold' });
    const waiter = createVerdictInbox({
      sql: database.sql,
      log: { ...log, subscribe: async () => ({ stop: async () => undefined }) },
      clock: systemClock,
      trusted,
      onError: () => undefined,
    });
    await waiter.start();
    await withInbox(async () => {
      const waiting = waiter.awaitVerdict(first.body.event_id as EventId, WAIT_MS);
      await send(first);
      expect(await waiting).toEqual(first);
      await send(second);
      await expect.poll(() => handled(first.body.event_id), { timeout: WAIT_MS }).toBe(2);
    });
    expect(await waiter.verdictOf(database.sql, first.body.event_id as EventId)).toEqual(second);
    await waiter.stop();
  });

  it('ends a wait without an answer', async () => {
    await withInbox(async (inbox) => {
      expect(await inbox.awaitVerdict('never-judged' as EventId, 20)).toBeNull();
    });
  });
});
