import { createHash } from 'node:crypto';
import type { Clock, Random } from '../../core/index.ts';

/** A clock that a test or a simulation moves by hand. */
export class ManualClock implements Clock {
  #now: number;

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  advance(milliseconds: number): void {
    if (milliseconds < 0) throw new RangeError('time does not run backwards');
    this.#now += milliseconds;
  }
}

/** Bytes that depend on the seed alone: SHA-256 in counter mode. For tests and the demo world, never for keys. */
export function seededRandom(seed: string): Random {
  let counter = 0;
  let pool = Buffer.alloc(0);
  return {
    bytes(length) {
      while (pool.length < length) {
        pool = Buffer.concat([pool, createHash('sha256').update(`${seed}:${counter}`).digest()]);
        counter += 1;
      }
      const taken = Uint8Array.from(pool.subarray(0, length));
      pool = pool.subarray(length);
      return taken;
    },
  };
}
