import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Alerts } from '../../alerts/index.ts';
import { createPages, PAGES_DIRECTORY } from '../../dashboards/index.ts';
import { type AwaitVerdict, eventRoutes } from '../../ingest/index.ts';
import type { Clock } from '../../core/index.ts';
import type { EventLog } from '../../platform/event-log/index.ts';
import type { Config } from '../config/read-config.ts';
import { createServer } from '../http/create-server.ts';
import type { ForwardedClient } from '../http/forwarded-client.ts';
import type { ReservedAddress } from '../http/reserve-address.ts';
import { createServiceAuthenticator } from '../http/service-tokens.ts';
import { systemRoutes, type SystemView } from '../http/system-routes.ts';
import type { Wallet } from './open-wallet.ts';

/** Puts every room's routes behind the one server. */
export function openServer(deps: {
  readonly config: Config;
  readonly address: ReservedAddress;
  readonly publicUrl: string;
  readonly log: EventLog;
  readonly wallet: Wallet;
  readonly alerts: Alerts;
  readonly forwarded: ForwardedClient;
  /** Verdicts on events of other producers, for `assess`. */
  readonly awaitVerdict: AwaitVerdict;
  readonly clock: Clock;
  readonly system: SystemView;
  readonly requestsPerMinute?: number | undefined;
  readonly logger: FastifyBaseLogger;
}): Promise<FastifyInstance> {
  const { wallet, alerts, config } = deps;
  const { identity, deposits, withdrawals, ledger } = wallet;
  return createServer({
    authenticators: {
      owner: identity.authenticateOwner,
      staff: identity.authenticateStaff,
      service: createServiceAuthenticator(config.services),
    },
    routes: [
      systemRoutes(deps.system),
      identity.publicRoutes,
      identity.ownerRoutes,
      identity.staffRoutes,
      ledger.ownerRoutes,
      deposits.publicRoutes,
      deposits.ownerRoutes,
      deposits.staffRoutes,
      withdrawals.ownerRoutes,
      withdrawals.staffRoutes,
      alerts.publicRoutes,
      alerts.ownerRoutes,
      alerts.staffRoutes,
      eventRoutes({ log: deps.log, clock: deps.clock, awaitVerdict: deps.awaitVerdict }),
      createPages({ directory: PAGES_DIRECTORY }),
    ],
    upgrade: (request, socket, head) => alerts.hub.handleUpgrade(request, socket, head),
    forwarded: deps.forwarded,
    address: deps.address,
    secure: deps.publicUrl.startsWith('https://'),
    logger: deps.logger,
    requestsPerMinute: deps.requestsPerMinute,
  });
}
