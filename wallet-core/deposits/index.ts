import type { Migrations } from '../../platform/sql/port.ts';
import { STRICT_CHECKS } from './checks.ts';
import { createDepositsWith, type Deposits, type DepositsOptions } from './create-deposits.ts';

export type { DepositAddresses } from './addresses.ts';
export type { DepositAsset } from './assets.ts';
export type { Finality } from './context.ts';
export type { DepositChain, Deposits, DepositsOptions } from './create-deposits.ts';
export { pinCode, type PinnedCode } from './pin-code.ts';
export type { DepositProvider } from './provider-callback.ts';
export { parseWebhookKey, signWebhook } from './provider-signature.ts';
export type { DepositWatcher } from './watcher.ts';

/**
 * Deposits on EVM chains: addresses from an extended public key, a watcher that reads every block without a gap, and credits that
 * rest on chain evidence alone. Customers' claims and providers' callbacks are hints where to look; neither credits.
 */
export function createDeposits(options: DepositsOptions): Deposits {
  return createDepositsWith(STRICT_CHECKS, options);
}

export const depositsMigrations: Migrations = { room: 'deposits', directory: new URL('./migrations/', import.meta.url) };
