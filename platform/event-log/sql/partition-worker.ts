import type { Sql } from '../../sql/index.ts';
import type { StoredRecord } from '../port.ts';
import { backOffMs } from '../record-limits.ts';
import { commitOffset, type Lease, type Member } from './leases.ts';
import { readRecords } from './read-records.ts';

export interface PartitionWorkerOptions {
  readonly sql: Sql;
  readonly member: Member;
  readonly lease: Lease;
  readonly batchMax: number;
  readonly onBatch: (records: readonly StoredRecord[]) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Another member has the partition now. */
  readonly onLost: () => void;
}

export interface PartitionWorker {
  readonly lease: Lease;
  /** There may be something to read. */
  wake(): void;
  /** Finishes the batch in hand and commits it. */
  stop(): Promise<void>;
}

/** A pause that `wake` or the time ends; a wake-up that comes before the pause is not lost. */
function createPause(): { wait(milliseconds: number | null): Promise<void>; wake(): void } {
  let awake = false;
  let end: (() => void) | null = null;
  return {
    wake() {
      awake = true;
      end?.();
    },
    async wait(milliseconds) {
      if (!awake) {
        await new Promise<void>((resolve) => {
          const timer = milliseconds === null ? null : setTimeout(resolve, milliseconds);
          end = () => {
            if (timer !== null) clearTimeout(timer);
            resolve();
          };
        });
        end = null;
      }
      awake = false;
    },
  };
}

/** Reads one leased partition in order: batch, handler, commit, and again. */
export function startPartitionWorker(options: PartitionWorkerOptions): PartitionWorker {
  const { sql, member, lease, batchMax, onBatch, onError, onLost } = options;
  const news = createPause();
  const rest = createPause();
  let position = lease.position;
  let stopping = false;

  /** False: nothing to read. */
  async function step(): Promise<boolean> {
    const records = await readRecords(sql, lease.topic, lease.partition, position, batchMax);
    const last = records.at(-1);
    if (last === undefined || stopping) return false;
    await onBatch(records);
    if (!(await commitOffset(sql, member, lease, last.offset + 1n))) {
      stopping = true;
      onLost();
      return false;
    }
    position = last.offset + 1n;
    return true;
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopping;) {
      try {
        const found = await step();
        failures = 0;
        if (!found && !stopping) await news.wait(null);
      } catch (error) {
        failures += 1;
        onError(error);
        if (!stopping) await rest.wait(backOffMs(failures));
      }
    }
  }

  const running = run();
  return {
    lease,
    wake: () => news.wake(),
    async stop() {
      stopping = true;
      news.wake();
      rest.wake();
      await running;
    },
  };
}
