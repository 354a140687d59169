import type { Clock, Random } from '../../core/index.ts';
import type { Chain } from '../../platform/chain/port.ts';
import type { Sql } from '../../platform/sql/port.ts';
import type { AuditLog } from '../audit/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Outbox } from '../outbox/index.ts';
import type { Restrictions } from '../restrictions/index.ts';
import type { DepositAddresses } from './addresses.ts';
import type { ChainAssets } from './assets.ts';
import type { DepositChecks } from './checks.ts';

/** What makes a block final enough to credit: the chain's own `finalized` tag, or so many blocks, its own included. */
export type Finality = { readonly kind: 'finalized' } | { readonly kind: 'confirmations'; readonly count: number };

/** One chain as this room watches it. */
export interface WatchedChain {
  readonly chain: Chain;
  /** For people: `Ethereum`. */
  readonly name: string;
  readonly finality: Finality;
  /** First block read, where the chain was never read before: the one at which the first address was handed out, or earlier. */
  readonly startBlock: number;
  readonly assets: ChainAssets;
}

/** What the files of this room share. */
export interface DepositContext {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly random: Random;
  readonly outbox: Outbox;
  readonly audit: AuditLog;
  readonly restrictions: Restrictions;
  readonly ledger: Pick<Ledger, 'apply' | 'takeBack'>;
  readonly addresses: DepositAddresses;
  readonly checks: DepositChecks;
}
