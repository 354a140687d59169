import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

const require = createRequire(import.meta.url);
let applied = false;

/**
 * kafkajs 2.2.4 plans the next look at its request queue even when the queue is empty, at a time that lies before 1970: Node runs
 * that after one millisecond, for ever, on each connection, and from version 24 on warns of it (tulios/kafkajs#1751, #1704). A
 * push and an answer plan their own look, so an empty queue needs none.
 */
export function fixRequestQueue(): void {
  if (applied) return;
  const { prototype } = require('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue };
  const schedule: unknown = prototype.scheduleCheckPendingRequests;
  if (typeof schedule !== 'function')
    throw new Error('this kafkajs is not the 2.2.4 that the fix of its request queue was written for');
  prototype.scheduleCheckPendingRequests = function scheduleCheckPendingRequests(this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
  applied = true;
}
