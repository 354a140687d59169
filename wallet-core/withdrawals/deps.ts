import {
  type AccountId,
  type Clock,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  type Random,
  type Result,
  SECOND_MS,
  type StatementSigner,
} from '../../core/index.ts';
import type { Chain } from '../../platform/chain/port.ts';
import type { Signer } from '../../platform/signer/port.ts';
import type { Sql, SqlExecutor, SqlTransaction } from '../../platform/sql/port.ts';
import type { AuditLog } from '../audit/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Outbox } from '../outbox/index.ts';
import type { Restrictions } from '../restrictions/index.ts';
import type { VerdictInbox } from '../verdicts/index.ts';

/** What an asset's payments are bounded by, in minor units. An asset without an entry cannot be withdrawn. */
export interface AssetLimits {
  /** Below this the network fee costs us more than the payment is worth. */
  readonly withdrawalMin: bigint;
  /** Payments inside are not judged beforehand, so those of 24 hours are bounded, together as one. */
  readonly transferMax: bigint;
}

export interface WithdrawalLimits {
  /** A held withdrawal gives the money back after this. */
  readonly holdExpiryMs: number;
  /** Less than the age a verdict may have when signed (15 min), so that a passed step-up can still be signed. */
  readonly stepUpExpiryMs: number;
  /** Wrong codes: five of a million, three steps valid at once, is a chance of 1 in 66,000. */
  readonly stepUpTriesMax: number;
  /** One person pays a few bills a day; more is a script, and each request reserves money and costs a judgement. */
  readonly withdrawalsPerDayMax: number;
  readonly transfersPerDayMax: number;
  /** wei */
  readonly feeCapDefault: bigint;
  /** wei; the house pays the network, so the owner may not name any fee. */
  readonly feeCapMax: bigint;
  readonly assets: ReadonlyMap<string, AssetLimits>;
  /** Blocks on top of and including the payment's own until it counts as final, by chain id. */
  readonly confirmations: ReadonlyMap<number, number>;
}

export const WITHDRAWAL_LIMITS = {
  holdExpiryMs: HOUR_MS,
  stepUpExpiryMs: 10 * MINUTE_MS,
  stepUpTriesMax: 5,
  withdrawalsPerDayMax: 50,
  transfersPerDayMax: 100,
  /** 0.005 ether: 100,000 gas at 50 gwei. */
  feeCapDefault: 5_000_000_000_000_000n,
  feeCapMax: 20_000_000_000_000_000n,
} as const;

/** A chain deeper than this re-organised last in tests only; where `limits.confirmations` names a chain, that counts. */
export const CONFIRMATIONS_DEFAULT = 12;
export const DAY = DAY_MS;

export const WORKER_LIMITS = {
  /** Withdrawals looked at by one tick. */
  batchMax: 50,
  /** Between looks at the chain: a block takes seconds. */
  pollMs: SECOND_MS,
  /** A failed step waits 1, 2, 4, … seconds, at most a minute: the outside world comes back by itself. */
  backoffMsMax: MINUTE_MS,
  /** Estimates of a token transfer may be exceeded when the payee's balance slot is new: a fifth more, as wallets do. */
  gasMarginPercent: 20n,
  /**
   * The house pays for gas, and a payee may be a contract that burns it or works at our expense. A token transfer takes about
   * 65,000, one to a contract wallet about 100,000; a withdrawal that needs more ends unpaid.
   */
  gasLimitMax: 200_000n,
} as const;

/**
 * Checks a one-time code and burns its time step, in the caller's transaction. A factor set up after `askedAt` is `totp_too_new`.
 * That, `throttled` and `totp_not_enrolled` cost no try.
 */
export type VerifyTotp = (
  tx: SqlTransaction,
  accountId: AccountId,
  code: string,
  askedAt: Date,
) => Promise<Result<void, 'totp_wrong' | 'totp_reused' | 'totp_not_enrolled' | 'totp_too_new' | 'throttled'>>;

export interface WithdrawalDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly random: Random;
  readonly outbox: Outbox;
  readonly audit: AuditLog;
  readonly restrictions: Restrictions;
  readonly ledger: Ledger;
  readonly verdicts: Pick<VerdictInbox, 'awaitVerdict' | 'verdictOf'>;
  readonly chainById: ReadonlyMap<number, Chain>;
  readonly signer: Signer;
  readonly stepUpSigner: StatementSigner;
  readonly verifyTotp: VerifyTotp;
  readonly totpEnrolled: (executor: SqlExecutor, accountId: AccountId) => Promise<boolean>;
  readonly accountExists: (executor: SqlExecutor, accountId: string) => Promise<boolean>;
  readonly limits: WithdrawalLimits;
  /** Told of each failed step, for logs and metrics; the step is tried again. */
  readonly onError: (error: unknown) => void;
}
