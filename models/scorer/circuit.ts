import { type Clock, SECOND_MS } from '../../core/index.ts';

/** Three failures in a row are no accident. */
const FAILURES_MAX = 3;
/** Long enough that a broken model costs nothing, short enough that a passing overload does not leave rules alone for long. */
const COOL_DOWN_MS = 10 * SECOND_MS;

/** Stops asking what keeps failing; asks again, once, after a cool-down. */
export interface Circuit {
  readonly isOpen: boolean;
  succeeded(): void;
  failed(): void;
}

export function createCircuit(clock: Clock): Circuit {
  let failures = 0;
  let openUntilMs = 0;
  return {
    get isOpen() {
      return clock.now() < openUntilMs;
    },
    succeeded() {
      failures = 0;
    },
    failed() {
      failures += 1;
      if (failures >= FAILURES_MAX) openUntilMs = clock.now() + COOL_DOWN_MS;
    },
  };
}
