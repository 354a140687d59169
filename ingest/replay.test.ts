import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY_MS, TOPICS, type Verdict } from '../core/index.ts';
import { ManualClock } from '../platform/clock/index.ts';
import { type EventLog, eventLogMigrations, openSqlEventLog } from '../platform/event-log/index.ts';
import { createTestDatabase, type TestDatabase } from '../platform/sql/testing.ts';
import { createEngine } from './engine/engine.ts';
import {
  countingBudget,
  countingFeatures,
  countRule,
  engineDeps,
  plainPolicy,
  readVerdicts,
  START_MS,
  steppedLog,
  withdrawalRecord,
} from './engine/testing.ts';
import { firstDifference, type Judgement, recompute, recomputeStream } from './replay.ts';

let database: TestDatabase;
let log: EventLog;
let verdicts: Verdict[];
const judges = { rules: countRule, policy: plainPolicy };

beforeAll(async () => {
  database = await createTestDatabase([eventLogMigrations]);
  const clock = new ManualClock(START_MS + DAY_MS);
  log = openSqlEventLog({ sql: database.sql, clock });
  const stepped = steppedLog(log);
  await createEngine(engineDeps(stepped.log, clock, [])).start();
  await log.produce(
    TOPICS.events,
    Array.from({ length: 40 }, (_, n) => withdrawalRecord(n + 1, `account-${n % 5}`, START_MS + n * 1_000)),
  );
  for (const { partition } of await log.ends(TOPICS.events)) await stepped.deliver(TOPICS.events, partition, 100);
  verdicts = await readVerdicts(log);
});

afterAll(async () => {
  await log.close();
  await database.drop();
});

async function* judgements(changed: (verdict: Verdict) => Verdict = (verdict) => verdict): AsyncGenerator<Judgement> {
  for (const verdict of verdicts) {
    const { topic, partition, offset } = verdict.body.receipt;
    const [record] = await log.read(topic, partition, BigInt(offset), 1);
    if (record !== undefined) yield { verdict: changed(verdict), record };
  }
}

function change(verdict: Verdict, body: Partial<Verdict['body']>): Verdict {
  return { ...verdict, body: { ...verdict.body, ...body } };
}

test('a day of verdicts is recomputed bit for bit, features and chain included', async () => {
  expect(verdicts).toHaveLength(40);
  expect(verdicts.some((verdict) => verdict.body.outcome === 'freeze')).toBe(true);
  expect(await recomputeStream(judgements(), { ...judges, features: countingFeatures, budget: countingBudget })).toEqual({
    same: true,
  });
  for (const verdict of verdicts) expect(await recompute(verdict, judges)).toEqual({ same: true });
});

test.each([
  ['/outcome', { outcome: 'deny' as const }],
  ['/score', { score: 1 }],
  ['/undecided/rule', { undecided: { rule: ['fact'] } }],
])('a verdict that was altered is found at %s', async (at, body) => {
  const [verdict] = verdicts;
  if (verdict === undefined) throw new Error('no verdict');
  expect(await recompute(change(verdict, body), judges)).toMatchObject({ same: false, at });
});

test('other rules are the first difference', async () => {
  const [verdict] = verdicts;
  if (verdict === undefined) throw new Error('no verdict');
  const rules = { ...countRule, revision: 'rules-2' };
  expect(await recompute(verdict, { rules, policy: plainPolicy })).toMatchObject({ same: false, at: '/receipt/rules_revision' });
});

test('the first altered fact, and the first broken link, of a stream are named', async () => {
  const deps = { ...judges, features: countingFeatures, budget: countingBudget };
  const target = verdicts[7];
  if (target === undefined) throw new Error('no verdict');
  const facts = { ...target.body.facts, 'all.arrived': 99 };
  const altered = (verdict: Verdict) => (verdict === target ? change(verdict, { facts }) : verdict);
  expect(await recomputeStream(judgements(altered), deps)).toMatchObject({
    same: false,
    verdictId: target.body.id,
    at: '/facts/all.arrived',
    issued: 99,
    recomputed: 7,
  });
  const later = (verdict: Verdict) => (verdict === target ? change(verdict, { judged_at: '2027-01-01T00:00:00.000Z' }) : verdict);
  expect(await recomputeStream(judgements(later), deps)).toMatchObject({
    verdictId: verdicts[8]?.body.id,
    at: '/receipt/previous',
  });
});

test('differences are JSON pointers', () => {
  expect(firstDifference({ a: [1, { 'b/c~': 2 }] }, { a: [1, { 'b/c~': 3 }] })).toEqual({
    at: '/a/1/b~1c~0',
    issued: 2,
    recomputed: 3,
  });
  expect(firstDifference({ a: 1 }, {})).toEqual({ at: '/a', issued: 1, recomputed: undefined });
  expect(firstDifference([], {})).toMatchObject({ at: '/' });
  expect(firstDifference({ a: [] }, { a: [] })).toBeNull();
});
