import { createRequire } from 'node:module';
import { expect, test, vi } from 'vitest';
import { fixRequestQueue } from './request-queue-fix.ts';

interface Queue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  maybeThrottle(milliseconds: number): void;
  push(request: object): void;
  destroy(): void;
}

const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as new (
  options: object,
) => Queue;

function newQueue(): Queue {
  return new RequestQueue({
    maxInFlightRequests: 1,
    requestTimeout: 1_000,
    enforceRequestTimeout: false,
    clientId: 'test',
    broker: 'b:1',
    logger: { debug() {}, warn() {} },
    isConnected: () => true,
  });
}

test('an empty queue plans nothing', () => {
  fixRequestQueue();
  const queue = newQueue();
  queue.checkPendingRequests();
  expect(queue.throttleCheckTimeoutId).toBeNull();
});

test('a queue with a request that waits plans one look in the future', () => {
  fixRequestQueue();
  const planned = vi.spyOn(globalThis, 'setTimeout');
  const queue = newQueue();
  queue.maybeThrottle(200);
  queue.push({ entry: { correlationId: 1 }, expectResponse: true, sendRequest() {} });
  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  expect(planned.mock.lastCall?.[1]).toBeGreaterThan(0);
  queue.destroy();
  planned.mockRestore();
});
