import type { KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock, Principal, Random } from '../core/index.ts';
import { type Channel, createInAppChannel, createLiveHub, type LiveHub, type LiveLimits } from '../platform/channels/index.ts';
import type { EventLog } from '../platform/event-log/port.ts';
import type { RoutePlugin } from '../platform/http/index.ts';
import type { Sql } from '../platform/sql/port.ts';
import type { AppendMessage } from './alert.ts';
import { createQuestions, type OwnerActions } from './answers/questions.ts';
import { createAnswerRoutes } from './answers/routes.ts';
import { createAuthoriseLive } from './feed/authorise-live.ts';
import { createInbox, createLiveFeed } from './feed/inbox.ts';
import { createOwnerRoutes } from './feed/owner-routes.ts';
import { FEED_CHANNEL } from './feed/positions.ts';
import { createStaffRoutes } from './feed/staff-routes.ts';
import { createLiveTickets } from './feed/tickets.ts';
import { ALERT_LIMITS } from './limits.ts';
import type { AssetLookup } from './notifications/render.ts';
import type { AccountDirectory } from './notifications/attempt.ts';
import { createDeliveryWorker, type DeliveryWorker } from './notifications/worker.ts';
import { createPlanner, type Planner } from './planner/consumer.ts';
import { pruneAlerts } from './prune.ts';

export interface AlertsDeps {
  readonly sql: Sql;
  readonly log: EventLog;
  readonly clock: Clock;
  /** Cryptographically strong: answer links and live tickets are made of it. */
  readonly random: Random;
  /** Reaches an owner at an e-mail address: mail, or the folder of messages in development. */
  readonly channels: { readonly mail: Channel };
  readonly directory: AccountDirectory;
  readonly ownerActions: OwnerActions;
  readonly assetOf: AssetLookup;
  readonly appendMessage: AppendMessage;
  /** Public keys (by key id) whose verdicts are believed. */
  readonly verdictKeys: ReadonlyMap<string, KeyObject>;
  /** Origin under which people reach the answer page: `https://wallet.example`. */
  readonly publicUrl: string;
  /** Origins whose pages may open the live socket. */
  readonly allowedOrigins: readonly string[];
  /** Staff by the session cookie of an upgrade request; null when there is none that counts. */
  readonly authenticateStaff: (request: IncomingMessage) => Promise<Principal | null>;
  readonly liveLimits?: Partial<LiveLimits>;
  /** Skipped records (a `Refusal`), failed tries, lost connections: for logs and metrics. */
  readonly onProblem?: (problem: unknown) => void;
}

export interface Alerts {
  /** GET and POST /answers/:token. */
  readonly publicRoutes: RoutePlugin;
  readonly ownerRoutes: RoutePlugin;
  readonly staffRoutes: RoutePlugin;
  /** Serves GET /v1/live: hand it the HTTP server's `upgrade` events. */
  readonly hub: LiveHub;
  /**
   * A sign-in of `owner:ID` or `staff:ID` ended: withdraws tickets and ends live connections; without a principal, everybody's. Who
   * is still signed in elsewhere gets a new ticket and goes on.
   */
  endLive(principal?: string): Promise<void>;
  readonly planner: Planner;
  readonly worker: DeliveryWorker;
  /** Subscribes to the log (group `alerts`), starts delivering. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The room that tells people: verdicts and actions in, messages on people's channels, answers and labels out. */
export function createAlerts(deps: AlertsDeps): Alerts {
  const { sql, clock, random, directory, assetOf, appendMessage } = deps;
  const onProblem = deps.onProblem ?? (() => undefined);
  const tickets = createLiveTickets({ sql, clock, random });
  const questions = createQuestions({ sql, clock, ownerActions: deps.ownerActions, appendMessage });
  const hub = createLiveHub({
    allowedOrigins: deps.allowedOrigins,
    authorise: createAuthoriseLive({ tickets, authenticateStaff: deps.authenticateStaff }),
    feed: createLiveFeed(sql),
    limits: deps.liveLimits ?? {},
    onError: onProblem,
  });
  const worker = createDeliveryWorker({
    sql,
    clock,
    random,
    channels: { in_app: createInAppChannel({ inbox: createInbox({ sql, clock }) }), mail: deps.channels.mail },
    directory,
    assetOf,
    appendMessage,
    publicUrl: deps.publicUrl.replace(/\/+$/, ''),
    onProblem,
  });
  const planner = createPlanner({
    sql,
    log: deps.log,
    clock,
    verdictKeys: deps.verdictKeys,
    isAccount: async (subject) => (await directory.contactOf(subject)) !== null,
    onPlanned: () => worker.wake(),
    onProblem,
  });
  let pruning: NodeJS.Timeout | undefined;
  let unlisten: (() => Promise<void>) | null = null;

  function prune(): void {
    pruneAlerts(sql, clock).catch(onProblem);
  }

  return {
    publicRoutes: createAnswerRoutes({ questions, directory, assetOf, onProblem }),
    ownerRoutes: createOwnerRoutes({ sql, clock, questions, tickets }),
    staffRoutes: createStaffRoutes({ sql, tickets, assetOf }),
    hub,
    async endLive(principal) {
      // Tickets first: one that is used after this was looked at is on a connection that the next line ends.
      await tickets.withdraw(principal);
      hub.drop(principal);
    },
    planner,
    worker,
    async start() {
      // An empty payload comes after a lost connection: notices may have been missed, so everybody looks.
      unlisten = await sql.listen(FEED_CHANNEL, (recipient) => hub.wake(recipient === '' ? undefined : recipient));
      worker.start();
      await planner.start();
      pruning = setInterval(prune, ALERT_LIMITS.pruneEveryMs).unref();
      prune();
    },
    async stop() {
      clearInterval(pruning);
      await planner.stop();
      await worker.stop();
      await unlisten?.();
      unlisten = null;
      await hub.close();
    },
  };
}
