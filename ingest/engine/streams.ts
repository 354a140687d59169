import { type FeatureEngine, type FreezeBudget, LIMITS, LIVE_STREAM } from '../../core/index.ts';
import type { ChainLink } from './verdict-body.ts';
import { createDedupe, type Dedupe, IMPORT_DEDUPE, LIVE_DEDUPE } from './dedupe.ts';

/** All that the past of one stream means for its next event. */
export interface StreamState {
  readonly name: string;
  readonly features: FeatureEngine;
  readonly budget: FreezeBudget;
  readonly dedupe: Dedupe;
  /** The highest event time so far, Unix milliseconds: the clock of an import. */
  timeMs: number;
  /** How many events were judged. */
  arrivals: number;
  /** The verdict before, whose hash goes into the next receipt. */
  previous: ChainLink | null;
}

/** The live stream and 31 imports: each holds feature windows and up to 4 million ids. */
const STREAMS_MAX = 32;

export interface Streams {
  /** Null when there are too many streams already. */
  get(name: string): StreamState | null;
}

/** What each stream gets of its own. */
export interface StreamParts {
  readonly features: () => FeatureEngine;
  readonly budget: () => FreezeBudget;
}

export function createStreams({ features, budget }: StreamParts): Streams {
  const streams = new Map<string, StreamState>();
  return {
    get(name) {
      const known = streams.get(name);
      if (known !== undefined) return known;
      // The live stream keeps its place, whatever imports there are.
      if (name !== LIVE_STREAM && streams.size >= STREAMS_MAX) return null;
      const dedupe = createDedupe(name === LIVE_STREAM ? LIVE_DEDUPE : IMPORT_DEDUPE);
      const stream: StreamState = {
        name,
        features: features(),
        budget: budget(),
        dedupe,
        timeMs: 0,
        arrivals: 0,
        previous: null,
      };
      streams.set(name, stream);
      return stream;
    },
  };
}

/** False for an event later than the lateness bound: it is judged, but the windows stay as they are. */
export function entersWindows(stream: StreamState, timeMs: number): boolean {
  return timeMs >= stream.timeMs - LIMITS.eventLatenessMs;
}
