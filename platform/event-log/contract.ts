import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../core/index.ts';
import { partitionOf } from './partition-of.ts';
import type { EventLog, LogRecord, StoredRecord, SubscribeOptions, Subscription } from './port.ts';

export interface EventLogUnderTest {
  /** Another handle on the same log, as another process would have; the suite closes it. */
  open(): Promise<EventLog>;
  /** For `contract-consumer.ts`, which opens the log in a process of its own. */
  readonly childArguments: readonly string[];
}

const PARTITIONS = 4;

/** Resolves when `condition` holds; the test's own time limit is the only one. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

function recordsOf(count: number, keys = 7): LogRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `key-${index % keys}`,
    value: JSON.stringify({ index }),
    headers: { version: '1' },
  }));
}

function indexOf(record: StoredRecord): number {
  return (JSON.parse(record.value) as { index: number }).index;
}

/** What every event log must do. `start` is called once, before the tests. */
export function eventLogContract(start: () => Promise<EventLogUnderTest>): void {
  let under: EventLogUnderTest;
  let log: EventLog;
  const handles: EventLog[] = [];
  const random = (): string => randomUUID();

  async function open(): Promise<EventLog> {
    const handle = await under.open();
    handles.push(handle);
    return handle;
  }

  async function newTopic(partitions = PARTITIONS): Promise<string> {
    const name = `topic-${random()}`;
    await log.ensureTopics([{ name, partitions }]);
    return name;
  }

  async function readAll(topic: string, from: EventLog = log): Promise<StoredRecord[]> {
    const ends = await from.ends(topic);
    const lists = await Promise.all(
      ends.map(({ partition, begin, end }) => from.read(topic, partition, begin, Number(end - begin))),
    );
    return lists.flat();
  }

  async function collect(
    handle: EventLog,
    options: Pick<SubscribeOptions, 'topics' | 'group'> & Partial<SubscribeOptions>,
  ): Promise<{ seen: StoredRecord[]; subscription: Subscription }> {
    const seen: StoredRecord[] = [];
    const subscription = await handle.subscribe({
      from: 'earliest',
      onBatch: async (records) => {
        seen.push(...records);
      },
      ...options,
    });
    return { seen, subscription };
  }

  beforeAll(async () => {
    under = await start();
    log = await open();
  });
  afterAll(async () => {
    await Promise.all(handles.map((handle) => handle.close()));
  });

  test('makes topics that are missing and leaves those that exist', async () => {
    const topic = await newTopic(3);
    await log.produce(topic, recordsOf(5));
    await Promise.all([
      log.ensureTopics([{ name: topic, partitions: 3 }]),
      (await open()).ensureTopics([
        { name: topic, partitions: 3 },
        { name: `${topic}-b`, partitions: 2 },
      ]),
    ]);
    expect((await log.ends(topic)).map(({ partition }) => partition)).toEqual([0, 1, 2]);
    expect(await log.ends(`${topic}-b`)).toHaveLength(2);
    expect(await readAll(topic)).toHaveLength(5);
  });

  test('puts each key into the partition that Kafka would, in the order produced, with its headers', async () => {
    const topic = await newTopic();
    const records = [...recordsOf(40), { key: 'ключ 鍵', value: 'text “…” 🦊', headers: { 'trace-id': 'äöü', empty: '' } }];
    await Promise.all([
      log.produce(topic, records.slice(0, 10)),
      log.produce(topic, records.slice(10, 30)),
      log.produce(topic, records.slice(30)),
    ]);
    const stored = await readAll(topic);
    expect(stored).toHaveLength(records.length);
    for (const { key, partition } of stored) expect(partition).toBe(partitionOf(key, PARTITIONS));
    for (const key of new Set(records.map((record) => record.key))) {
      const strip = (record: LogRecord): LogRecord => ({ key: record.key, value: record.value, headers: record.headers });
      expect(stored.filter((record) => record.key === key).map(strip)).toEqual(records.filter((record) => record.key === key));
    }
  });

  test('gives offsets without gaps, and ends that agree with them', async () => {
    const topic = await newTopic();
    expect(await log.ends(topic)).toEqual(
      Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, begin: 0n, end: 0n })),
    );
    for (let round = 0; round < 3; round += 1) await log.produce(topic, recordsOf(20));
    for (const { partition, begin, end } of await log.ends(topic)) {
      const records = await log.read(topic, partition, begin, 1_000);
      expect(records.map((record) => record.offset)).toEqual(Array.from({ length: Number(end) }, (_, index) => BigInt(index)));
      expect(records.every((record) => record.timestampMs > 0 && record.topic === topic)).toBe(true);
    }
  });

  test('reads from any offset, up to a limit, and nothing at the end', async () => {
    const topic = await newTopic(1);
    await log.produce(topic, recordsOf(30, 1));
    expect((await log.read(topic, 0, 10n, 5)).map(indexOf)).toEqual([10, 11, 12, 13, 14]);
    expect((await log.read(topic, 0, 28n, 100)).map(indexOf)).toEqual([28, 29]);
    expect(await log.read(topic, 0, 30n, 10)).toEqual([]);
    expect(await log.read(topic, 0, 500n, 10)).toEqual([]);
    expect(await log.read(topic, 0, 3n, 0)).toEqual([]);
  });

  test('keeps records and positions when every handle is closed and opened again', async () => {
    const topic = await newTopic();
    const first = await open();
    await first.produce(topic, recordsOf(25));
    const { seen } = await collect(first, { topics: [topic], group: `g-${topic}` });
    await until(() => seen.length === 25);
    await first.close();
    const second = await open();
    expect(await readAll(topic, second)).toHaveLength(25);
    const committed = await second.committed(topic, `g-${topic}`);
    for (const { partition, end } of await second.ends(topic)) expect(committed.get(partition) ?? 0n).toBe(end);
    const again = await collect(second, { topics: [topic], group: `g-${topic}` });
    await second.produce(topic, [{ key: 'key-0', value: '{"index":25}', headers: {} }]);
    await until(() => again.seen.length > 0);
    expect(again.seen.map(indexOf)).toEqual([25]);
  });

  test('shows every record to each of two groups', async () => {
    const topic = await newTopic();
    const [a, b] = await Promise.all([
      collect(log, { topics: [topic], group: `a-${topic}` }),
      collect(log, { topics: [topic], group: `b-${topic}` }),
    ]);
    await log.produce(topic, recordsOf(50));
    await until(() => a.seen.length === 50 && b.seen.length === 50);
    const sorted = (seen: readonly StoredRecord[]): number[] => seen.map(indexOf).toSorted((x, y) => x - y);
    expect(sorted(a.seen)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(sorted(b.seen)).toEqual(sorted(a.seen));
    expect((await log.committed(topic, `nobody-${topic}`)).size).toBe(0);
  });

  test('lets a new group begin at the end, and go on from there after a pause', async () => {
    const topic = await newTopic();
    await log.produce(topic, recordsOf(10));
    const first = await collect(log, { topics: [topic], group: `late-${topic}`, from: 'latest' });
    await first.subscription.stop();
    await log.produce(topic, [{ key: 'key-1', value: '{"index":77}', headers: {} }]);
    const second = await collect(log, { topics: [topic], group: `late-${topic}`, from: 'latest' });
    await until(() => second.seen.length > 0);
    expect([...first.seen, ...second.seen].map(indexOf)).toEqual([77]);
  });

  test('brings a failed batch again, loses nothing behind it, and keeps the order', async () => {
    const topic = await newTopic(1);
    const errors: unknown[] = [];
    const handled: number[] = [];
    let failures = 0;
    await log.produce(topic, recordsOf(20, 1));
    const subscription = await log.subscribe({
      topics: [topic],
      group: `poison-${topic}`,
      from: 'earliest',
      batchMax: 5,
      onBatch: async (records) => {
        expect(records.length).toBeLessThanOrEqual(5);
        if (records.some((record) => indexOf(record) === 7) && failures < 3) {
          failures += 1;
          throw new Error('poison');
        }
        handled.push(...records.map(indexOf));
      },
      onError: (error) => errors.push(error),
    });
    await until(() => handled.length >= 20);
    await subscription.stop();
    expect(handled).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(errors).toHaveLength(3);
    expect((errors[0] as Error).message).toBe('poison');
    expect(await log.committed(topic, `poison-${topic}`)).toEqual(new Map([[0, 20n]]));
  });

  test('does not commit what no handler finished, and stop does not wait for a poison batch to heal', async () => {
    const topic = await newTopic(1);
    let failures = 0;
    await log.produce(topic, recordsOf(3, 1));
    const subscription = await log.subscribe({
      topics: [topic],
      group: `never-${topic}`,
      from: 'earliest',
      onBatch: async () => {
        failures += 1;
        throw new Error('never');
      },
    });
    await until(() => failures > 1);
    await subscription.stop();
    expect((await log.committed(topic, `never-${topic}`)).size).toBe(0);
    const { seen } = await collect(log, { topics: [topic], group: `never-${topic}` });
    await until(() => seen.length === 3);
  });

  test('finishes and commits the batch in hand before stop resolves', async () => {
    const topic = await newTopic(1);
    await log.produce(topic, recordsOf(4, 1));
    let begun = false;
    let finish = (): void => {};
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let finished = false;
    const subscription = await log.subscribe({
      topics: [topic],
      group: `stop-${topic}`,
      from: 'earliest',
      onBatch: async () => {
        begun = true;
        await gate;
        finished = true;
      },
    });
    await until(() => begun);
    const stopped = subscription.stop().then(() => expect(finished).toBe(true));
    finish();
    await stopped;
    expect(await log.committed(topic, `stop-${topic}`)).toEqual(new Map([[0, 4n]]));
  });

  test('shares partitions among the consumers of a group, and gives them on when one stops', async () => {
    const topic = await newTopic();
    const group = `share-${topic}`;
    const [left, right] = [await open(), await open()];
    const a = await collect(left, { topics: [topic], group });
    const b = await collect(right, { topics: [topic], group });
    let sent = 0;
    const send = async (): Promise<void> => {
      const records = recordsOf(40, 40).map((record, index) => ({ ...record, value: JSON.stringify({ index: sent + index }) }));
      sent += records.length;
      await log.produce(topic, records);
    };
    // Both get something once the group has settled.
    await until(async () => {
      await send();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return a.seen.length > 0 && b.seen.length > 0;
    });
    await b.subscription.stop();
    const before = new Set(a.seen.map((record) => record.partition));
    await until(async () => {
      await send();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return new Set(a.seen.map((record) => record.partition)).size === PARTITIONS;
    });
    expect(before.size).toBeGreaterThan(0);
    await until(() => new Set([...a.seen, ...b.seen].map(indexOf)).size === sent);
  });

  test('gives the partitions of a killed consumer to another, which begins at the last commit', async () => {
    const topic = await newTopic();
    const group = `kill-${topic}`;
    await log.produce(topic, recordsOf(20));
    const script = fileURLToPath(new URL('./contract-consumer.ts', import.meta.url));
    const child = spawn(process.execPath, [script, topic, group, ...under.childArguments], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    const exited = new Promise((resolve) => child.once('exit', resolve));
    try {
      await until(() => lines.length === 20);
      await until(
        async () => [...(await log.committed(topic, group)).values()].reduce((sum, offset) => sum + offset, 0n) === 20n,
      );
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
    const { seen } = await collect(log, { topics: [topic], group });
    await log.produce(
      topic,
      recordsOf(15).map((record, index) => ({ ...record, value: JSON.stringify({ index: 100 + index }) })),
    );
    await until(() => seen.length >= 15);
    expect(seen.map(indexOf).toSorted((x, y) => x - y)).toEqual(Array.from({ length: 15 }, (_, index) => 100 + index));
  });

  test('takes large batches, and hands them out in bounded ones', async () => {
    const topic = await newTopic();
    const value = (index: number): string => JSON.stringify({ index, padding: 'x'.repeat(1_000) });
    const records = Array.from({ length: 5_000 }, (_, index) => ({ key: `k${index % 100}`, value: value(index), headers: {} }));
    await log.produce(topic, records);
    let largest = 0;
    const seen = new Set<number>();
    const subscription = await log.subscribe({
      topics: [topic],
      group: `large-${topic}`,
      from: 'earliest',
      onBatch: async (batch) => {
        largest = Math.max(largest, batch.length);
        for (const record of batch) seen.add(indexOf(record));
      },
    });
    await until(() => seen.size === records.length);
    await subscription.stop();
    expect(largest).toBeLessThanOrEqual(LIMITS.consumerBatchMax);
    expect(await readAll(topic)).toHaveLength(records.length);
  });

  test('takes a record of the largest size, and refuses a larger one before anything is written', async () => {
    const topic = await newTopic(1);
    const largest = { key: 'k', value: 'x'.repeat(LIMITS.eventBytesMax), headers: {} };
    await log.produce(
      topic,
      Array.from({ length: 40 }, () => largest),
    );
    await expect(log.produce(topic, [largest, { ...largest, value: `${largest.value}x` }])).rejects.toMatchObject({
      code: 'record_too_large',
      retryable: false,
    });
    await expect(log.produce(topic, [{ key: 'k\u0000', value: 'v', headers: {} }])).rejects.toMatchObject({
      code: 'record_invalid',
    });
    expect((await log.ends(topic))[0]?.end).toBe(40n);
    expect((await log.read(topic, 0, 0n, 100)).every((record) => record.value === largest.value)).toBe(true);
  });

  test('says so when a topic does not exist', async () => {
    await expect(log.produce(`missing-${random()}`, recordsOf(1))).rejects.toMatchObject({
      name: 'OutsideError',
      code: 'topic_missing',
      retryable: false,
    });
    await expect(log.ends(`missing-${random()}`)).rejects.toMatchObject({ code: 'topic_missing' });
  });
}
