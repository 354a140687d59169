import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { Clock, Principal, Random } from '../../core/index.ts';
import { type Alerts, createAlerts } from '../../alerts/index.ts';
import type { Channel } from '../../platform/channels/index.ts';
import type { EventLog } from '../../platform/event-log/index.ts';
import type { Sql } from '../../platform/sql/index.ts';
import type { ListedAsset } from '../config/read-assets.ts';
import { type Keys, trustedVerdictKeys } from './load-keys.ts';
import { ownerActionsOf, type Wallet } from './open-wallet.ts';

/** The alerts room, given its hands: whom to reach, how to lock, what to call an asset. */
export function openAlerts(deps: {
  readonly sql: Sql;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: Keys;
  readonly wallet: Wallet;
  readonly mail: Channel;
  readonly assets: readonly ListedAsset[];
  readonly publicUrl: string;
  readonly logger: FastifyBaseLogger;
}): Alerts {
  const { sql, wallet } = deps;
  const assets = new Map<string, ListedAsset>(deps.assets.map((asset) => [asset.id, asset]));

  /** The upgrade of a socket is a GET with cookies; the hub itself checks its Origin. */
  async function authenticateStaff(request: IncomingMessage): Promise<Principal | null> {
    const asGet = { headers: request.headers, method: 'GET', raw: request } as unknown as FastifyRequest;
    const authenticated = await wallet.identity.authenticateStaff(asGet);
    return authenticated.ok ? authenticated.value : null;
  }

  return createAlerts({
    sql,
    log: deps.log,
    clock: deps.clock,
    random: deps.random,
    channels: { mail: deps.mail },
    directory: { contactOf: (accountId) => wallet.identity.contactOf(sql, accountId) },
    ownerActions: ownerActionsOf(wallet),
    assetOf: (id) => assets.get(id) ?? null,
    appendMessage: (transaction, message) => wallet.outbox.appendMessage(transaction, message),
    verdictKeys: trustedVerdictKeys(deps.keys),
    publicUrl: deps.publicUrl,
    allowedOrigins: [deps.publicUrl],
    authenticateStaff,
    onProblem: (problem) => deps.logger.warn({ err: problem }, 'alerts'),
  });
}
