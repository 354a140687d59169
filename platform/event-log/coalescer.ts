import { OutsideError } from '../../core/index.ts';
import type { LogRecord } from './port.ts';
import { LOG_LIMITS } from './record-limits.ts';

interface Call {
  readonly records: readonly LogRecord[];
  readonly bytes: number;
  resolve(): void;
  reject(error: unknown): void;
}

interface Queue {
  calls: Call[];
  /** Records of all calls. */
  rows: number;
}

export interface CoalescerOptions {
  /** Makes the records of one topic durable, all of them or (when it rejects) as far as is known none. */
  readonly write: (topic: string, records: readonly LogRecord[]) => Promise<void>;
  /** Calls share one write up to these; a single call that is larger is written by itself. */
  readonly rowsMax: number;
  readonly bytesMax: number;
}

export interface Coalescer {
  append(topic: string, records: readonly LogRecord[]): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

function takeBatch(queue: Queue, { rowsMax, bytesMax }: CoalescerOptions): Call[] {
  let rows = 0;
  let bytes = 0;
  let count = 0;
  for (const call of queue.calls) {
    rows += call.records.length;
    bytes += call.bytes;
    if (count > 0 && (rows > rowsMax || bytes > bytesMax)) break;
    count += 1;
  }
  const batch = queue.calls.slice(0, count);
  queue.calls = queue.calls.slice(count);
  for (const call of batch) queue.rows -= call.records.length;
  return batch;
}

/**
 * One write a topic is under way at a time, and calls that arrive meanwhile share the next: a hundred single appends cost two
 * waits for the disk, and calls keep their order.
 */
export function createCoalescer(options: CoalescerOptions): Coalescer {
  const queues = new Map<string, Queue>();
  const running = new Map<string, Promise<void>>();

  async function drain(topic: string, queue: Queue): Promise<void> {
    while (queue.calls.length > 0) {
      const batch = takeBatch(queue, options);
      try {
        await options.write(
          topic,
          batch.flatMap((call) => call.records),
        );
        for (const call of batch) call.resolve();
      } catch (error) {
        for (const call of batch) call.reject(error);
      }
    }
    running.delete(topic);
    queues.delete(topic);
  }

  return {
    append(topic, records) {
      if (records.length === 0) return Promise.resolve();
      const queue = queues.get(topic) ?? { calls: [], rows: 0 };
      queues.set(topic, queue);
      if (queue.rows > 0 && queue.rows + records.length > LOG_LIMITS.recordsWaitingMax) {
        const message = `${queue.rows} records for ${topic} wait for the event log already: produce more slowly`;
        return Promise.reject(new OutsideError('log_overloaded', message, { retryable: true }));
      }
      const bytes = records.reduce((sum, record) => sum + record.key.length + record.value.length, 0);
      const done = new Promise<void>((resolve, reject) => queue.calls.push({ records, bytes, resolve, reject }));
      queue.rows += records.length;
      if (!running.has(topic)) running.set(topic, drain(topic, queue));
      return done;
    },
    async idle() {
      await Promise.all(running.values());
    },
  };
}
