import type { IncomingMessage } from 'node:http';
import { OutsideError, refuse, type Result, succeed } from '../../core/index.ts';
import type { LiveLimits } from './live-limits.ts';

/** Who listens, and to what. */
export interface LiveViewer {
  /** Whose messages: a name the feed knows, such as `account:ID` or `staff`. */
  readonly recipient: string;
  /** Who listens, for counting and dropping connections: `owner:ID`, `staff:ID`. */
  readonly principal: string;
}

export interface LiveRequest {
  readonly request: IncomingMessage;
  /** The `ticket` parameter of the address, null where there is none. */
  readonly ticket: string | null;
  /** False for programs that send no Origin; credentials a browser adds by itself (cookies) must not count then. */
  readonly originPresent: boolean;
}

export type AuthoriseLive = (live: LiveRequest) => Promise<Result<LiveViewer, 'live_not_signed_in' | 'live_role_not_allowed'>>;

export interface Admitted {
  readonly viewer: LiveViewer;
  /** The newest message the client has, null for one that starts with what comes next. */
  readonly lastSeen: bigint | null;
}

/** Status of a refused handshake by refusal code. */
export const LIVE_REFUSAL_STATUS: Readonly<Record<string, number>> = {
  live_not_signed_in: 401,
  live_role_not_allowed: 403,
  origin_not_allowed: 403,
  too_many_connections: 429,
  last_seen_malformed: 400,
  live_unavailable: 503,
};

/** `0` to 18 digits: fits PostgreSQL's bigint. */
const POSITION = /^\d{1,18}$/;

function readRequest(request: IncomingMessage, origins: ReadonlySet<string>): Result<LiveRequest & { lastSeen: bigint | null }> {
  const { origin } = request.headers;
  if (origin !== undefined && !origins.has(origin)) return refuse('origin_not_allowed', 'pages of this origin may not listen');
  const query = new URLSearchParams((request.url ?? '').split('?')[1] ?? '');
  const lastSeen = query.get('last_seen');
  if (lastSeen !== null && !POSITION.test(lastSeen)) {
    return refuse('last_seen_malformed', 'last_seen is the id of a message you got: decimal digits');
  }
  return succeed({
    request,
    ticket: query.get('ticket'),
    originPresent: origin !== undefined,
    lastSeen: lastSeen === null ? null : BigInt(lastSeen),
  });
}

/** Checks a handshake before it becomes a connection: Origin first, so that a foreign page cannot even burn a ticket. */
export function createLiveAdmission(options: {
  readonly origins: ReadonlySet<string>;
  readonly authorise: AuthoriseLive;
  readonly limits: LiveLimits;
}): (request: IncomingMessage) => Promise<Result<Admitted>> {
  const { origins, limits } = options;
  let pending = 0;

  async function inTime(live: LiveRequest): ReturnType<AuthoriseLive> {
    const late = Promise.withResolvers<never>();
    const tooLate = new OutsideError('live_authorisation_slow', 'checking the sign-in of a live connection took too long', {
      retryable: true,
    });
    const timer = setTimeout(() => late.reject(tooLate), limits.authoriseMs);
    try {
      return await Promise.race([options.authorise(live), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  return async (request) => {
    const live = readRequest(request, origins);
    if (!live.ok) return live;
    if (pending >= limits.upgradesPendingMax)
      return refuse('live_unavailable', 'too many connections at once; try again in a moment');
    pending += 1;
    try {
      const viewer = await inTime(live.value);
      return viewer.ok ? succeed({ viewer: viewer.value, lastSeen: live.value.lastSeen }) : viewer;
    } finally {
      pending -= 1;
    }
  };
}
