import { LIMITS, OutsideError, SECOND_MS } from '../../../core/index.ts';
import { WORKER_LIMITS, type WithdrawalDeps } from '../deps.ts';
import { expireWithdrawals, holdWithoutVerdict } from '../end-withdrawal.ts';
import { readWithdrawal, selectWithdrawals, type Withdrawal } from '../withdrawal-rows.ts';
import { broadcastStep, watchStep } from './chain-steps.ts';
import { reserveStep } from './reserve-step.ts';
import { signStep } from './sign-step.ts';
import type { StepOutcome } from './step.ts';

/** Steps of one withdrawal in one tick: reserve, sign, broadcast, seen, settled, and one to spare. */
const STEPS_MAX = 6;

export interface WithdrawalWorker {
  /** Runs `tick` every second until `stop`, and at once when woken. */
  start(): void;
  /** Finishes the tick in hand. */
  stop(): Promise<void>;
  wake(): void;
  /** Ends what is due, then takes every withdrawal under way as far as it goes now. Safe in several instances at once. */
  tick(): Promise<void>;
}

async function step(deps: WithdrawalDeps, withdrawal: Withdrawal): Promise<StepOutcome> {
  const chain = deps.chainById.get(withdrawal.chainId);
  if (chain === undefined) {
    throw new OutsideError('chain_unknown', `chain ${withdrawal.chainId} is not configured any more`, { retryable: false });
  }
  switch (withdrawal.state) {
    case 'approved':
      return reserveStep(deps, chain, withdrawal);
    case 'signing':
      return signStep(deps, withdrawal);
    case 'signed':
      return broadcastStep(deps, chain, withdrawal);
    case 'broadcast':
    case 'confirming':
      return watchStep(deps, chain, withdrawal);
    case 'requested':
    case 'awaiting_step_up':
    case 'held':
    case 'confirmed':
    case 'denied':
    case 'cancelled':
    case 'expired':
    case 'failed':
      return 'done';
  }
}

async function advance(deps: WithdrawalDeps, id: string): Promise<void> {
  for (let taken = 0; taken < STEPS_MAX; taken += 1) {
    const withdrawal = await readWithdrawal(deps.sql, id);
    if (withdrawal === null || (await step(deps, withdrawal)) !== 'again') return;
  }
}

/** One withdrawal that fails waits a while; the others go on. */
async function backOff(deps: WithdrawalDeps, withdrawal: Withdrawal, error: unknown): Promise<void> {
  const waitMs = Math.min(SECOND_MS * 2 ** Math.min(withdrawal.attempts, 16), WORKER_LIMITS.backoffMsMax);
  const code = error instanceof OutsideError ? error.code : 'bug';
  await deps.sql.query(
    `update withdrawals.withdrawal set attempts = attempts + 1, next_attempt_at = $2, last_error = $3 where id = $1`,
    [withdrawal.id, new Date(deps.clock.now() + waitMs), code],
  );
  deps.onError(error);
}

async function holdUnanswered(deps: WithdrawalDeps): Promise<void> {
  const unanswered = await selectWithdrawals(deps.sql, `where state = 'requested' and requested_at <= $1 limit $2`, [
    new Date(deps.clock.now() - LIMITS.withdrawalVerdictWaitMs),
    WORKER_LIMITS.batchMax,
  ]);
  for (const { id } of unanswered) await holdWithoutVerdict(deps, id);
}

async function tick(deps: WithdrawalDeps): Promise<void> {
  await holdUnanswered(deps);
  await expireWithdrawals(deps);
  // What has a nonce goes first, in the order of nonces: nothing behind it can be mined before.
  const active = await selectWithdrawals(
    deps.sql,
    `where state in ('approved', 'signing', 'signed', 'broadcast', 'confirming')
        and (next_attempt_at is null or next_attempt_at <= $1)
      order by nonce nulls last, requested_at, id limit $2`,
    [new Date(deps.clock.now()), WORKER_LIMITS.batchMax],
  );
  for (const withdrawal of active) {
    try {
      await advance(deps, withdrawal.id);
    } catch (error) {
      await backOff(deps, withdrawal, error);
    }
  }
}

/** Carries approved withdrawals to the chain and watches them there. Where it dies, the next one goes on from the row. */
export function createWithdrawalWorker(deps: WithdrawalDeps): WithdrawalWorker {
  let running = false;
  let timer: NodeJS.Timeout | undefined;
  let inHand: Promise<void> = Promise.resolve();
  let woken = false;

  async function run(): Promise<void> {
    try {
      await tick(deps);
    } catch (error) {
      deps.onError(error);
    }
    if (!running) return;
    timer = setTimeout(begin, woken ? 0 : WORKER_LIMITS.pollMs);
    woken = false;
  }

  function begin(): void {
    timer = undefined;
    inHand = run();
  }

  return {
    start() {
      if (running) return;
      running = true;
      begin();
    },
    async stop() {
      running = false;
      clearTimeout(timer);
      timer = undefined;
      await inHand;
    },
    wake() {
      if (timer === undefined) {
        // A tick is in hand and may have passed this payment by: another follows at once.
        woken = true;
        return;
      }
      clearTimeout(timer);
      begin();
    },
    tick: () => tick(deps),
  };
}
