import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../platform/clock/index.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import {
  auditMigrations,
  consistencyProof,
  createAuditLog,
  createSequencer,
  hashLeaf,
  inclusionProof,
  openCheckpoint,
  rootFromInclusion,
  sqlNodeReader,
  treeSize,
  verifyAudit,
  verifyConsistency,
} from './index.ts';

const keys = generateKeyPairSync('ed25519');
const clock = new ManualClock(Date.UTC(2026, 10, 1));
const log = createAuditLog({ clock });
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase([auditMigrations]);
});
afterAll(() => database.drop());

const sequencerWith = () =>
  createSequencer({ sql: database.sql, clock, keys, onError: (error) => expect.unreachable(String(error)) });

async function write(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const entry = { kind: 'account_frozen', actor: 'rule:r', subject: `account-${index}`, details: { index } };
    await database.sql.transaction((transaction) => log.append(transaction, entry));
  }
}

async function checkpoints(): Promise<{ size: number; root: Buffer }[]> {
  const rows = await database.sql.query<{ note: string }>('select note from audit.checkpoint order by size');
  return rows.map((row) => {
    const opened = openCheckpoint(row.note, keys.publicKey);
    if (!opened.ok) throw new Error(opened.refusal.message);
    return opened.value;
  });
}

describe('the audit log', () => {
  it('gives each committed act one leaf, also with two sequencers at once, and none to a rolled-back one', async () => {
    await write(7);
    await expect(
      database.sql.transaction(async (transaction) => {
        await log.append(transaction, { kind: 'x', actor: 'system', subject: 's', details: {} });
        throw new Error('roll back');
      }),
    ).rejects.toThrow('roll back');
    await Promise.all([sequencerWith().sequence(), sequencerWith().sequence()]);
    expect(await treeSize(database.sql)).toBe(7);
    await write(6);
    await sequencerWith().sequence();
    expect(await verifyAudit(database.sql, keys.publicKey)).toMatchObject({ ok: true, leaves: 13, checkpoints: 2 });
  });

  it('proves inclusion and consistency against signed checkpoints', async () => {
    const [first, second] = await checkpoints();
    if (first === undefined || second === undefined) throw new Error('two checkpoints were signed before');
    const read = sqlNodeReader(database.sql);
    const [leaf] = await database.sql.query<{ body: string }>('select body from audit.leaf where leaf_index = 3');
    const path = await inclusionProof(read, 3, second.size);
    expect(rootFromInclusion(hashLeaf(leaf?.body ?? ''), 3, second.size, path)).toEqual(second.root);
    const proof = await consistencyProof(read, first.size, second.size);
    expect(verifyConsistency(first.size, second.size, first.root, second.root, proof)).toBe(true);
  });

  it('refuses update, delete and truncate in the database itself', async () => {
    await expect(database.sql.query("update audit.entry set actor = 'nobody'")).rejects.toThrow(/append-only/);
    await expect(database.sql.query('delete from audit.leaf')).rejects.toThrow(/append-only/);
    await expect(database.sql.query('truncate audit.checkpoint')).rejects.toThrow(/append-only/);
  });

  it('does not accept a checkpoint of another key', async () => {
    expect(await verifyAudit(database.sql, generateKeyPairSync('ed25519').publicKey)).toMatchObject({
      ok: false,
      at: 'checkpoint 7',
    });
  });

  it('names the first leaf that somebody with the database’s password rewrote', async () => {
    await database.sql.query('alter table audit.entry disable trigger all');
    await database.sql.query(`update audit.entry set details = '{"index": 99}' where leaf_index = 5`);
    expect(await verifyAudit(database.sql, keys.publicKey)).toMatchObject({ ok: false, at: 'leaf 5' });
  });
});
