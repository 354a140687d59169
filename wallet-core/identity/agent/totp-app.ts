import { setTimeout as sleep } from 'node:timers/promises';
import { generateSync } from 'otplib';
import type { Clock } from '../../../core/index.ts';

const STEP_MS = 30_000;

/** An authenticator app that never shows a code twice. */
export interface TotpApp {
  /** The next unused code the server will take: of the step before, this one, or the one after; waits when all are used. */
  nextCode(): Promise<string>;
  /** The code it gave last, for misuse. */
  lastCode(): string;
}

export function createTotpApp(secret: string, clock: Clock): TotpApp {
  let lastStep = 0;
  const codeOf = (step: number): string => generateSync({ secret, epoch: (step * STEP_MS) / 1_000 });
  return {
    async nextCode() {
      // The step before is taken only in the first half of this one, so that it does not run out on its way to the server.
      const earliest = (): number => Math.floor((clock.now() - STEP_MS / 2) / STEP_MS);
      while (lastStep >= Math.floor(clock.now() / STEP_MS) + 1) await sleep(200);
      lastStep = Math.max(earliest(), lastStep + 1);
      return codeOf(lastStep);
    },
    lastCode: () => codeOf(lastStep),
  };
}
