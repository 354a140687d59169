import type { Migrations } from '../../platform/sql/port.ts';

export { type AssetLimits, type VerifyTotp, WITHDRAWAL_LIMITS, type WithdrawalDeps, type WithdrawalLimits } from './deps.ts';
export { WITHDRAWAL_STATES, type WithdrawalState } from './states.ts';
export { createWithdrawals, type Withdrawals } from './withdrawals.ts';
export type { WithdrawalWorker } from './worker/worker.ts';

export const withdrawalsMigrations: Migrations = { room: 'withdrawals', directory: new URL('./migrations/', import.meta.url) };
