import { randomBytes } from 'node:crypto';
import type { Clock, Random } from '../../core/index.ts';

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** The operating system's cryptographic randomness. */
export const systemRandom: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };
