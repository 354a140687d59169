import { useCallback, useEffect, useRef, useState } from 'react';
import { type LiveState, openLive } from '../../ui-kit/index.ts';
import type { SlimVerdict } from '../api-types.ts';
import { callStaff } from '../staff-api.ts';
import { addToFeed, EMPTY_FEED, type Feed, releaseFeed } from './feed-buffer.ts';

/** As many as the API gives at once. */
const FIRST_PAGE = 200;

interface LiveFeed {
  readonly feed: Feed;
  readonly state: LiveState;
  readonly loaded: boolean;
  readonly error: unknown;
  readonly release: () => void;
  readonly reload: () => void;
}

/** The newest page, then what happens from there on. Arrivals are drawn once a frame, however many come. */
export function useFeed(hold: boolean): LiveFeed {
  const [feed, setFeed] = useState<Feed>(EMPTY_FEED);
  const [state, setState] = useState<LiveState>('connecting');
  const [loaded, setLoaded] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const holding = useRef(hold);
  holding.current = hold;

  useEffect(() => {
    let closed = false;
    let live: { close(): void } | null = null;
    let arrivals: SlimVerdict[] = [];
    let frame = 0;
    const draw = (): void => {
      frame = 0;
      const taken = arrivals;
      arrivals = [];
      setFeed((before) => addToFeed(before, taken, holding.current));
    };
    async function begin(): Promise<void> {
      const { verdicts } = await callStaff<{ verdicts: readonly SlimVerdict[] }>('GET', `/v1/staff/verdicts?limit=${FIRST_PAGE}`);
      if (closed) return;
      setFeed((before) => addToFeed(before, verdicts, false));
      setLoaded(true);
      const after = verdicts.at(-1)?.id;
      live = openLive({
        ...(after === undefined ? {} : { after }),
        getTicket: async () => (await callStaff<{ ticket: string }>('POST', '/v1/staff/live/tickets')).ticket,
        onState: setState,
        onFrame(message) {
          if (message.kind !== 'verdict') return;
          arrivals.push(message as unknown as SlimVerdict);
          if (frame === 0) frame = requestAnimationFrame(draw);
        },
      });
    }
    setError(null);
    begin().catch(setError);
    return () => {
      closed = true;
      cancelAnimationFrame(frame);
      live?.close();
    };
  }, [attempt]);

  const release = useCallback(() => setFeed(releaseFeed), []);
  const reload = useCallback(() => setAttempt((before) => before + 1), []);
  return { feed, state, loaded, error, release, reload };
}
