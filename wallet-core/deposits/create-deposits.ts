import type { Clock, Random } from '../../core/index.ts';
import type { Chain } from '../../platform/chain/port.ts';
import type { RoutePlugin } from '../../platform/http/index.ts';
import type { Sql } from '../../platform/sql/port.ts';
import type { AuditLog } from '../audit/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Outbox } from '../outbox/index.ts';
import type { Restrictions } from '../restrictions/index.ts';
import { createDepositAddresses, type DepositAddresses } from './addresses.ts';
import { assetsOfChain, type DepositAsset } from './assets.ts';
import type { DepositChecks } from './checks.ts';
import { createClaims } from './claims.ts';
import type { DepositContext, Finality, WatchedChain } from './context.ts';
import { depositOwnerRoutes } from './owner-routes.ts';
import { createProviderCallbacks, type DepositProvider } from './provider-callback.ts';
import { depositPublicRoutes } from './public-routes.ts';
import { depositStaffRoutes } from './staff-routes.ts';
import { createWatcher, type DepositWatcher } from './watcher.ts';

/** One chain to take deposits on. */
export interface DepositChain {
  readonly chain: Chain;
  /** For people: `Ethereum`. */
  readonly name: string;
  readonly finality: Finality;
  /** First block read, where the chain was never read before. */
  readonly startBlock: number;
}

export interface DepositsOptions {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly random: Random;
  readonly outbox: Outbox;
  readonly audit: AuditLog;
  readonly restrictions: Restrictions;
  /** Knows every asset of `assets` (`ledger.registerAsset`), or their credits wait. */
  readonly ledger: Pick<Ledger, 'apply' | 'takeBack'>;
  readonly chains: readonly DepositChain[];
  /** Extended public key at m/44'/60'/0' (`Signer.depositXpub`). */
  readonly xpub: string;
  readonly assets: readonly DepositAsset[];
  readonly providers: readonly DepositProvider[];
  /** Pause between rounds once caught up, in milliseconds. */
  readonly pollMs: number;
  /** Told of each failed round, with the chain's name; the next round comes by itself. */
  readonly onError: (error: unknown, chain: string) => void;
}

export interface Deposits {
  /** GET /v1/me/deposit-addresses, GET /v1/me/deposits, POST /v1/me/deposit-claims */
  readonly ownerRoutes: RoutePlugin;
  /** POST /v1/providers/:provider/callbacks */
  readonly publicRoutes: RoutePlugin;
  /** GET /v1/staff/deposits, GET /v1/staff/deposits/:id/evidence */
  readonly staffRoutes: RoutePlugin;
  readonly watcher: DepositWatcher;
  readonly addresses: DepositAddresses;
}

/** `checks` is not part of the door: outside the tests of this room there are only the strict ones. */
export function createDepositsWith(checks: DepositChecks, options: DepositsOptions): Deposits {
  const { sql, clock, random, outbox, audit, restrictions, ledger, xpub } = options;
  const addresses = createDepositAddresses({ sql, clock, xpub });
  const context: DepositContext = { sql, clock, random, outbox, audit, restrictions, ledger, addresses, checks };
  const chains = new Map<number, WatchedChain>(
    options.chains.map((each) => [each.chain.chainId, { ...each, assets: assetsOfChain(options.assets, each.chain.chainId) }]),
  );
  const claims = createClaims(context, chains);
  const callbacks = createProviderCallbacks(context, chains, claims, options.providers);
  return {
    ownerRoutes: depositOwnerRoutes({ context, chains, claims }),
    publicRoutes: depositPublicRoutes(callbacks),
    staffRoutes: depositStaffRoutes(context, chains),
    watcher: createWatcher(context, chains, claims, options),
    addresses,
  };
}
