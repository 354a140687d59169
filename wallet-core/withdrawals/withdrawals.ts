import type { RoutePlugin } from '../../platform/http/index.ts';
import type { VerdictHandler } from '../verdicts/index.ts';
import type { WithdrawalDeps } from './deps.ts';
import { expireWithdrawals } from './end-withdrawal.ts';
import { withdrawalVerdictHandler } from './handle-verdict.ts';
import { ownerRoutes } from './owner-routes.ts';
import { staffRoutes } from './staff-routes.ts';
import { createWithdrawalWorker, type WithdrawalWorker } from './worker/worker.ts';

export interface Withdrawals {
  /** /v1/me/withdrawals…, /v1/me/transfers */
  readonly ownerRoutes: RoutePlugin;
  /** /v1/staff/withdrawals… */
  readonly staffRoutes: RoutePlugin;
  /** Register for `wallet.withdrawal.requested` before the inbox starts. */
  readonly verdictHandler: VerdictHandler;
  readonly worker: WithdrawalWorker;
  /** Ends what is due; the worker's ticks do so too. Gives how many. */
  expire(): Promise<number>;
}

/** Money out: request → verdict → step-up → signature → chain → books. */
export function createWithdrawals(deps: WithdrawalDeps): Withdrawals {
  const worker = createWithdrawalWorker(deps);
  const judge = withdrawalVerdictHandler(deps);
  return {
    ownerRoutes: ownerRoutes(deps, () => worker.wake()),
    staffRoutes: staffRoutes(deps),
    async verdictHandler(tx, verdict) {
      await judge(tx, verdict);
      tx.afterCommit(() => worker.wake());
    },
    worker,
    expire: () => expireWithdrawals(deps),
  };
}
