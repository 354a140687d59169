import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TOPICS } from '../../core/index.ts';
import { ManualClock } from '../../platform/clock/index.ts';
import { type EventLog, eventLogMigrations, openSqlEventLog } from '../../platform/event-log/index.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import { createEngine } from '../engine/engine.ts';
import { engineDeps, readTopic, readVerdicts, steppedLog } from '../engine/testing.ts';
import { importFile } from './import-file.ts';
import { type ImportMap, readImportMap } from './import-map.ts';

const HEADER = 'TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO\n';

let database: TestDatabase;
let log: EventLog;
let map: ImportMap;
const clock = new ManualClock(0);

beforeEach(async () => {
  database = await createTestDatabase([eventLogMigrations]);
  log = openSqlEventLog({ sql: database.sql, clock });
  await log.ensureTopics([
    { name: TOPICS.imports, partitions: 1 },
    { name: TOPICS.deadLetters, partitions: 1 },
  ]);
  const example = readImportMap(await readFile(new URL('./examples/fraud-detection-handbook.yaml', import.meta.url), 'utf8'));
  if (!example.ok) throw new Error(example.refusal.message);
  map = example.value;
});

afterEach(async () => {
  await log.close();
  await database.drop();
});

const importText = (text: string, format: 'csv' | 'ndjson' = 'csv', by: ImportMap = map) =>
  importFile({ input: Readable.from([Buffer.from(text)]), format, map: by, log, clock });

const rows = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, index) => `${from + index},2018-04-01 00:00:${`${index % 60}`.padStart(2, '0')},596,3156,57.16,${index % 2},0\n`,
  ).join('');

async function letters() {
  return (await readTopic(log, TOPICS.deadLetters)).map((record) => JSON.parse(record.value) as Record<string, unknown>);
}

test('a row of the Fraud Detection Handbook becomes a payment', async () => {
  await importText(`${HEADER}0,2018-04-01 00:00:31,596,3156,85.64999999999999,0,0\n1,2018-04-01 00:02:10,4961,3412,146.0,1,1\n`);
  const events = (await readTopic(log, TOPICS.imports)).map((record) => JSON.parse(record.value) as Record<string, unknown>);
  expect(events[0]).toMatchObject({ data: { amount: '8565', amount_usd_cents: 8_565 } });
  expect(events[1]).toMatchObject({
    type: 'payment.card.authorized',
    stream: 'fraud-detection-handbook',
    subject: 'customer-4961',
    time: '2018-04-01T00:02:10.000Z',
    data: { payer: 'customer-4961', terminal: 'terminal-3412', amount: '14600', amount_usd_cents: 14_600, label_fraud: true },
  });
});

test('bad rows are dead letters with their line, good rows go on', async () => {
  const progress = await importText(
    `${HEADER}0,2018-04-01 00:00:31,596,3156,57.16,0,0\n` +
      '1,2018-04-31 00:00:31,596,3156,57.16,0,0\n' +
      '2,2018-04-01 00:00:31,596,3156,,0,0\n' +
      '3,2018-04-01 00:00:31,,3156,57.16,0,0\n' +
      '4,2018-04-01 00:00:31,596\n' +
      '5,2018-04-01 00:00:31,596,3156,1e3,0,0\n' +
      '6,2018-04-01 00:00:31,596,3156,57.16,maybe,0\n' +
      '7,2018-04-01 00:00:31,596,3156,57.16,0,0\n',
  );
  expect(progress).toEqual({ rows: 8, published: 2, refused: 6 });
  const found = (await letters()).map((letter) => [letter.offset, letter.reason, letter.source_topic]);
  expect(found.map(([offset]) => Number(offset)).toSorted((left, right) => left - right)).toEqual([3, 4, 5, 6, 7, 8]);
  expect(new Set(found.map(([, reason]) => reason))).toEqual(new Set(['row_invalid', 'row_unreadable']));
  expect(found.every(([, , topic]) => topic === 'import-file')).toBe(true);
});

test('an open quote costs its record, not the process', async () => {
  const progress = await importText(`${HEADER}"0,2018-04-01 00:00:31,596,3156,57.16,0,0\n${'x'.repeat(300_000)}`);
  expect(progress.published).toBe(0);
  expect(progress.refused).toBeGreaterThan(0);
});

test('a file that is no CSV at all ends the import with the cause, in bounded memory', async () => {
  const bad = function* () {
    yield Buffer.from(HEADER);
    for (let chunk = 0; chunk < 20; chunk += 1) yield Buffer.from('a,b\n'.repeat(1_000));
  };
  const failing = importFile({ input: Readable.from(bad()), format: 'csv', map, log, clock });
  await expect(failing).rejects.toMatchObject({ code: 'import_unreadable', retryable: false });
});

test('JSON lines with dotted paths', async () => {
  const by = { ...map, subject: { column: 'who.id' } };
  const row = {
    TRANSACTION_ID: 1,
    TX_DATETIME: '2018-04-01 00:00:31',
    CUSTOMER_ID: 5,
    TERMINAL_ID: 6,
    TX_AMOUNT: '1.5',
    TX_FRAUD: false,
    who: { id: 'x' },
  };
  const progress = await importText(`${JSON.stringify(row)}\n\nnot json\n[1]\n{"__proto__":{}}\n`, 'ndjson', by);
  expect(progress).toEqual({ rows: 4, published: 1, refused: 3 });
  expect((await readTopic(log, TOPICS.imports))[0]?.key).toBe('x');
  expect((await letters()).map((letter) => letter.offset)).toEqual(['3', '4', '5']);
});

test('run again, or again from the start after a break, each row is judged once and in the order of the file', async () => {
  const stepped = steppedLog(log);
  const errors: unknown[] = [];
  const text = HEADER + rows(0, 1_300);
  await importText(HEADER + rows(0, 700));
  await createEngine(engineDeps(stepped.log, clock, errors)).start();
  while ((await stepped.deliver(TOPICS.imports, 0, 500)) > 0);
  expect(await importText(text)).toEqual({ rows: 1_300, published: 1_300, refused: 0 });
  await createEngine(engineDeps(stepped.log, clock, errors)).start();
  while ((await stepped.deliver(TOPICS.imports, 0, 500)) > 0);
  const verdicts = await readVerdicts(log);
  expect(verdicts).toHaveLength(1_300);
  const seconds = verdicts.map((verdict) => verdict.body.event_time);
  const written = text
    .split('\n')
    .slice(1, -1)
    .map((line) => `${line.split(',')[1]?.replace(' ', 'T') ?? ''}.000Z`);
  expect(seconds).toEqual(written);
  expect(errors).toEqual([]);
});

describe('a map is refused', () => {
  test.each([
    ['a: [', 'no YAML'],
    ['stream: x', '/'],
    [{ stream: 'live' }, '/stream'],
    [{ type: 'nothing' }, '/type'],
    [{ source: 'urn:bulwark:wallet' }, '/source'],
    [{ data: { amount: { column: 'a', transform: 'decimal_to_minor' } } }, '/data/amount'],
    [{ data: { amount: { column: 'a', round: 'up' } } }, '/data/amount'],
    [{ data: { __proto__x: { const: 1 }, 'a..b': { const: 1 } } }, '/data'],
  ])('%j', (change, where) => {
    const text = typeof change === 'string' ? change : JSON.stringify({ ...map, ...change });
    expect(readImportMap(text)).toMatchObject({ ok: false, refusal: { message: expect.stringContaining(where) } });
  });
});
