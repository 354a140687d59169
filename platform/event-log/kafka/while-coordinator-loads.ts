import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaType } from './kafka-errors.ts';

/** Kafka protocol error codes 14, 15 and 16: the group's coordinator is loading, not chosen yet, or moved. */
const COORDINATOR_NOT_READY: ReadonlySet<string> = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
]);
const PAUSE_MS = 250;
/** Half a minute: a broker that just started reads its offsets topic in a second or two, a large one in some more. */
const TRIES_MAX = 120;

/** Repeats a read of offsets while its coordinator is not ready; kafkajs' admin asks once. Every other error is the caller's. */
export async function whileCoordinatorLoads<Value>(read: () => Promise<Value>, pauseMs: number = PAUSE_MS): Promise<Value> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read();
    } catch (error) {
      if (!COORDINATOR_NOT_READY.has(kafkaType(error) ?? '') || tries >= TRIES_MAX) throw error;
      await sleep(pauseMs);
    }
  }
}
