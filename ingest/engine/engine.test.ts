import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, LIMITS, TOPICS, type Verdict } from '../../core/index.ts';
import { ManualClock } from '../../platform/clock/index.ts';
import { type EventLog, eventLogMigrations, type LogRecord, openSqlEventLog } from '../../platform/event-log/index.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import { createEngine } from './engine.ts';
import {
  countRule,
  engineDeps,
  eventId,
  readTopic,
  readVerdicts,
  START_MS,
  steppedLog,
  withdrawalRecord,
  withoutWallClock,
} from './testing.ts';
import { previousOf } from './verdict-body.ts';

const inOrder = (left: string, right: string) => left.localeCompare(right);

let database: TestDatabase;
let log: EventLog;
let clock: ManualClock;
let errors: unknown[];

async function openLog(): Promise<void> {
  database = await createTestDatabase([eventLogMigrations]);
  clock = new ManualClock(START_MS + DAY_MS);
  errors = [];
  log = openSqlEventLog({ sql: database.sql, clock });
}

async function closeLog(): Promise<void> {
  await log.close();
  await database.drop();
}

function expectChain(verdicts: readonly Verdict[]): void {
  expect(verdicts.map((verdict) => verdict.body.receipt.arrival)).toEqual(verdicts.map((_, index) => `${index + 1}`));
  expect(new Set(verdicts.map((verdict) => verdict.body.id)).size).toBe(verdicts.length);
  for (const [index, verdict] of verdicts.entries()) {
    const before = verdicts[index - 1];
    expect(verdict.body.receipt.previous).toBe(previousOf(before === undefined ? null : { body: before.body, digest: null }));
  }
}

/** What may happen to a wallet's stream: several accounts, late and repeated events, nonsense, and forgeries. */
const arrival = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('event'),
      subject: fc.integer({ min: 0, max: 3 }),
      minutes: fc.integer({ min: 0, max: 200 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('again'), subject: fc.nat(20), minutes: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('nonsense'), subject: fc.nat(3), minutes: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forged'), subject: fc.nat(3), minutes: fc.constant(0) }) },
);

function recordsOf(arrivals: readonly { kind: string; subject: number; minutes: number }[]): LogRecord[] {
  const records: LogRecord[] = [];
  for (const [index, { kind, subject, minutes }] of arrivals.entries()) {
    const record = withdrawalRecord(index + 1, `account-${subject}`, START_MS + minutes * 60_000);
    if (kind === 'event') records.push(record);
    else if (kind === 'nonsense') records.push({ ...record, value: `{"nonsense":${index}` });
    else if (kind === 'forged') records.push({ ...record, headers: { source: 'urn:bulwark:service:mallory' } });
    else records.push(records[subject % Math.max(1, records.length)] ?? record);
  }
  return records;
}

interface Plan {
  readonly batches: readonly number[];
  /** Records durable before each death of the process; null: it lives on. */
  readonly deaths: readonly (number | null)[];
  /** The partitions are handed over at the same time, so that one batch is judged while another is written. */
  readonly together: boolean;
}

/** Runs the stream to its end through engines that die and start again, and gives what the log holds then. */
async function run(records: readonly LogRecord[], plan: Plan, partitions: number) {
  await openLog();
  try {
    await log.ensureTopics([{ name: TOPICS.events, partitions }]);
    await log.produce(TOPICS.events, records);
    const stepped = steppedLog(log);
    let step = 0;
    let left = true;
    while (left) {
      const engine = createEngine(engineDeps(stepped.log, clock, errors));
      try {
        // A start writes too, when it completes what a death cut short: it may die of that as well.
        stepped.dieAfter(plan.deaths[step] ?? null);
        step += 1;
        await engine.start();
        left = false;
        const under: Promise<number>[] = [];
        for (let partition = 0; partition < partitions; partition += 1) {
          const size = plan.batches[step % plan.batches.length] ?? 1;
          if (!plan.together || partition === 0) stepped.dieAfter(plan.deaths[step] ?? null);
          step += 1;
          clock.advance(1_000);
          under.push(stepped.deliver(TOPICS.events, partition, size));
          if (!plan.together) await under.at(-1);
        }
        await Promise.allSettled(under);
        if ((await Promise.all(under)).some((count) => count > 0)) left = true;
      } catch {
        left = true;
      }
    }
    const verdicts = await readVerdicts(log);
    const letters = (await readTopic(log, TOPICS.deadLetters)).map(
      (record) => JSON.parse(record.value) as { id: string; reason: string },
    );
    return { verdicts, letters: [...new Set(letters.map((letter) => `${letter.id} ${letter.reason}`))].toSorted(inOrder) };
  } finally {
    await closeLog();
  }
}

const plan = fc.record({
  batches: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
  deaths: fc.array(fc.option(fc.nat(6), { nil: null }), { maxLength: 8 }),
  together: fc.boolean(),
});

describe('whatever the batches and the deaths of the process', () => {
  test('one partition: the same verdicts bit for bit, wall clock aside', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: 1, maxLength: 30 }), plan, async (arrivals, chosen) => {
        const records = recordsOf(arrivals);
        const calm = await run(records, { batches: [100], deaths: [], together: false }, 1);
        const rough = await run(records, chosen, 1);
        expect(rough.verdicts.map((verdict) => withoutWallClock(verdict.body))).toEqual(
          calm.verdicts.map((verdict) => withoutWallClock(verdict.body)),
        );
        expect(rough.letters).toEqual(calm.letters);
        expectChain(rough.verdicts);
        expect(errors).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });

  test('three partitions: no event lost, none judged twice, one unbroken chain', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: 1, maxLength: 30 }), plan, async (arrivals, chosen) => {
        const records = recordsOf(arrivals);
        const calm = await run(records, { batches: [100], deaths: [], together: false }, 3);
        const rough = await run(records, chosen, 3);
        const ids = (verdicts: readonly Verdict[]) => verdicts.map((verdict) => verdict.body.id).toSorted(inOrder);
        expect(ids(rough.verdicts)).toEqual(ids(calm.verdicts));
        expect(rough.letters).toEqual(calm.letters);
        expectChain(rough.verdicts);
        expect(errors).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });
});

describe('the engine on the log', () => {
  beforeEach(openLog);
  afterEach(closeLog);

  async function judgedUntil(count: number, deps = engineDeps(log, clock, errors)): Promise<Verdict[]> {
    const seen: Verdict[] = [];
    const done = Promise.withResolvers<void>();
    const engine = createEngine({
      ...deps,
      onVerdict(verdict) {
        seen.push(verdict);
        if (seen.length === count) done.resolve();
      },
    });
    await engine.start();
    await done.promise;
    await engine.stop();
    return seen;
  }

  test('judges what the subscription delivers, and goes on after a restart', async () => {
    await log.ensureTopics([{ name: TOPICS.events, partitions: 12 }]);
    await log.produce(
      TOPICS.events,
      [1, 2, 3].map((n) => withdrawalRecord(n, 'alice', START_MS + n)),
    );
    const first = await judgedUntil(3);
    expect(first.map((verdict) => verdict.body.outcome)).toEqual(['allow', 'allow', 'freeze']);
    expect(first[2]?.body.facts).toMatchObject({ 'account.count_1h': 2, amount_usd: 3, 'model.toy': 0.02 });
    await log.produce(TOPICS.events, [withdrawalRecord(2, 'alice', START_MS + 2), withdrawalRecord(4, 'bob', START_MS + 4)]);
    const second = await judgedUntil(1);
    expect(second[0]?.body).toMatchObject({ subject: 'bob', facts: { 'all.arrived': 3 }, receipt: { arrival: '4' } });
    expectChain(await readVerdicts(log));
  });

  test('dead letters say where, what and why, and hold nothing up', async () => {
    await log.ensureTopics([{ name: TOPICS.events, partitions: 1 }]);
    const future = clock.now() + LIMITS.eventSkewMs + 1;
    await log.produce(TOPICS.events, [
      { key: 'x', value: 'not json', headers: { source: 'urn:bulwark:wallet' } },
      withdrawalRecord(1, 'alice', future),
      withdrawalRecord(2, 'alice', START_MS, { stream: 'sneaky-import' }),
      withdrawalRecord(3, 'alice', START_MS),
    ]);
    const [verdict] = await judgedUntil(1);
    expect(verdict?.body.event_id).toBe(eventId(3));
    const letters = (await readTopic(log, TOPICS.deadLetters)).map(
      (record) => JSON.parse(record.value) as Record<string, unknown>,
    );
    expect(letters.map((letter) => letter.reason)).toEqual(['malformed_json', 'time_in_future', 'stream_not_allowed']);
    expect(letters[0]).toMatchObject({
      source_topic: TOPICS.events,
      partition: 0,
      offset: '0',
      raw: 'not json',
      stage: 'decode',
    });
  });

  test('what was dead-lettered for its time stays so, though its time came while the engine was down', async () => {
    await log.ensureTopics([{ name: TOPICS.events, partitions: 1 }]);
    await log.produce(TOPICS.events, [
      withdrawalRecord(1, 'alice', clock.now() + HOUR_MS),
      withdrawalRecord(2, 'alice', START_MS),
    ]);
    const stepped = steppedLog(log);
    await createEngine(engineDeps(stepped.log, clock, errors)).start();
    stepped.dieAfter(1);
    await expect(stepped.deliver(TOPICS.events, 0, 10)).rejects.toThrow('died');
    clock.advance(2 * HOUR_MS);
    stepped.dieAfter(null);
    await createEngine(engineDeps(stepped.log, clock, errors)).start();
    await stepped.deliver(TOPICS.events, 0, 10);
    expect((await readVerdicts(log)).map((verdict) => verdict.body.event_id)).toEqual([eventId(2)]);
    expect(await readTopic(log, TOPICS.deadLetters)).toHaveLength(1);
  });

  test('a failed write is repeated by the same engine without judging or writing twice', async () => {
    await log.ensureTopics([{ name: TOPICS.events, partitions: 1 }]);
    await log.produce(
      TOPICS.events,
      [1, 2, 3, 4].map((n) => withdrawalRecord(n, `account-${n}`, START_MS + n)),
    );
    const stepped = steppedLog(log);
    await createEngine(engineDeps(stepped.log, clock, errors)).start();
    stepped.dieAfter(2);
    await expect(stepped.deliver(TOPICS.events, 0, 4)).rejects.toThrow('died');
    stepped.dieAfter(null);
    await stepped.deliver(TOPICS.events, 0, 4);
    const verdicts = await readVerdicts(log);
    expect(verdicts).toHaveLength(4);
    expectChain(verdicts);
  });

  test('a failed write is repeated before what was judged meanwhile, of the same partition and of others', async () => {
    await log.ensureTopics([{ name: TOPICS.events, partitions: 2 }]);
    const records = Array.from({ length: 600 }, (_, index) =>
      withdrawalRecord(index + 1, `account-${index % 9}`, START_MS + index),
    );
    await log.produce(TOPICS.events, records);
    const stepped = steppedLog(log);
    await createEngine(engineDeps(stepped.log, clock, errors)).start();
    stepped.dieAfter(150);
    const dying = await Promise.allSettled([0, 1].map((partition) => stepped.deliver(TOPICS.events, partition, 500)));
    expect(dying.map((each) => each.status)).toEqual(['rejected', 'rejected']);
    stepped.dieAfter(null);
    await Promise.all([0, 1].map((partition) => stepped.deliver(TOPICS.events, partition, 500)));
    const verdicts = await readVerdicts(log);
    expect(verdicts).toHaveLength(600);
    expectChain(verdicts);
  });

  test('rules that fail on one event give a hold and let the others through', async () => {
    await log.ensureTopics([{ name: TOPICS.events, partitions: 1 }]);
    await log.produce(
      TOPICS.events,
      [1, 2].map((n) => withdrawalRecord(n, `account-${n}`, START_MS + n)),
    );
    const rules = {
      ...countRule,
      evaluate(...[type, facts]: Parameters<typeof countRule.evaluate>) {
        if (facts['all.arrived'] === 0) throw new Error('a bug in a rule');
        return countRule.evaluate(type, facts);
      },
    };
    const verdicts = await judgedUntil(2, { ...engineDeps(log, clock, errors), rules });
    expect(verdicts.map((verdict) => verdict.body.outcome)).toEqual(['hold', 'allow']);
    expect(errors).toHaveLength(1);
  });

  test('models that fail leave the rules to decide, and the verdict says so', async () => {
    await log.ensureTopics([{ name: TOPICS.events, partitions: 1 }]);
    await log.produce(TOPICS.events, [withdrawalRecord(1, 'alice', START_MS)]);
    const scorer = { revision: 'models-1', score: () => Promise.resolve({ ok: false as const, reason: 'timeout' }) };
    const [verdict] = await judgedUntil(1, { ...engineDeps(log, clock, errors), scorer });
    expect(verdict?.body).toMatchObject({ degraded: 'rules_only', outcome: 'challenge', models: [] });
  });

  test('an import has its own past, clock and arrivals', async () => {
    await log.ensureTopics([
      { name: TOPICS.events, partitions: 1 },
      { name: TOPICS.imports, partitions: 1 },
    ]);
    await log.produce(TOPICS.events, [withdrawalRecord(1, 'alice', START_MS)]);
    await log.produce(TOPICS.imports, [withdrawalRecord(1, 'alice', START_MS + 900 * DAY_MS, { stream: 'history' })]);
    const verdicts = await judgedUntil(2);
    for (const { body } of verdicts) expect(body).toMatchObject({ facts: { 'all.arrived': 0 }, receipt: { arrival: '1' } });
    expect(verdicts.map((verdict) => verdict.body.stream).toSorted(inOrder)).toEqual(['history', 'live']);
  });
});
