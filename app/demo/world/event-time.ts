import { type Clock, DAY_MS } from '../../../core/index.ts';

/** Stamps events: the machine's time less an offset that shrinks in leaps, so that a month passes in a minute. */
export interface EventTime extends Clock {
  /** From now on events happen so many days ago; only ever nearer to the present. */
  leapTo(daysAgo: number): void;
}

export function createEventTime(clock: Clock, daysAgo: number): EventTime {
  let offsetMs = daysAgo * DAY_MS;
  return {
    now: () => clock.now() - Math.round(offsetMs),
    leapTo(next) {
      if (next * DAY_MS > offsetMs) throw new RangeError('time does not run backwards');
      offsetMs = next * DAY_MS;
    },
  };
}
