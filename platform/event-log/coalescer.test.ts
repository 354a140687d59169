import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCoalescer } from './coalescer.ts';
import type { LogRecord } from './port.ts';
import { LOG_LIMITS } from './record-limits.ts';

const record = (value: string): LogRecord => ({ key: 'k', value, headers: {} });

test('calls share writes, keep their order, and are never split', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 30 }), async (sizes) => {
      const writes: string[][] = [];
      const coalescer = createCoalescer({
        rowsMax: 10,
        bytesMax: 1_000,
        write: async (_topic, records) => {
          await Promise.resolve();
          writes.push(records.map(({ value }) => value));
        },
      });
      const calls = sizes.map((size, call) => Array.from({ length: size }, (_, row) => `${call}.${row}`));
      await Promise.all(calls.map((values) => coalescer.append('t', values.map(record))));
      expect(writes.flat()).toEqual(calls.flat());
      for (const values of calls)
        expect(writes.filter((write) => write.includes(values[0] ?? ''))[0]).toEqual(expect.arrayContaining(values));
      expect(writes.every((write) => write.length <= 10)).toBe(true);
    }),
  );
});

test('a write that fails fails its calls alone', async () => {
  let writes = 0;
  const coalescer = createCoalescer({
    rowsMax: 1,
    bytesMax: 1_000,
    write: async () => {
      writes += 1;
      if (writes === 2) throw new Error('away');
    },
  });
  const results = await Promise.allSettled(['a', 'b', 'c'].map((value) => coalescer.append('t', [record(value)])));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('a log that cannot keep up says so, and takes records again when it has caught up', async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const coalescer = createCoalescer({ rowsMax: 1_000_000, bytesMax: 1e9, write: () => gate });
  const many = Array.from({ length: LOG_LIMITS.recordsWaitingMax }, () => record('x'));
  const first = coalescer.append('t', [record('first')]);
  const second = coalescer.append('t', many);
  await expect(coalescer.append('t', [record('one too many')])).rejects.toMatchObject({
    code: 'log_overloaded',
    retryable: true,
  });
  open();
  await Promise.all([first, second]);
  await coalescer.append('t', [record('later')]);
});
