import { Type } from 'typebox';
import type { Static } from 'typebox';
import { MINOR_PATTERN } from '../../core/index.ts';
import type { RegisteredAsset } from '../ledger/index.ts';
import { WITHDRAWAL_STATES } from './states.ts';
import type { Withdrawal } from './withdrawal-rows.ts';

const Time = Type.String({ format: 'date-time' });
const Amount = Type.String({ pattern: MINOR_PATTERN, description: 'minor units' });

/** A withdrawal as its owner sees it. */
export const WithdrawalSchema = Type.Object({
  withdrawal_id: Type.String(),
  asset: Type.String(),
  symbol: Type.String(),
  decimals: Type.Integer(),
  amount: Amount,
  payee: Type.String(),
  state: Type.Enum([...WITHDRAWAL_STATES]),
  outcome: Type.Union([Type.String(), Type.Null()]),
  reasons: Type.Array(Type.String()),
  step_up: Type.Union([Type.Object({ methods: Type.Array(Type.String()), expires_at: Time }), Type.Null()]),
  tx_hash: Type.Union([Type.String(), Type.Null()]),
  requested_at: Time,
  updated_at: Time,
});

/** What staff see besides. */
export const StaffWithdrawalSchema = Type.Object({
  ...WithdrawalSchema.properties,
  account_id: Type.String(),
  event_id: Type.String(),
  hold_cause: Type.Union([Type.String(), Type.Null()]),
  reason_code: Type.Union([Type.String(), Type.Null()]),
  expires_at: Type.Union([Time, Type.Null()]),
});

/**
 * Words for the owner. They say what happens, never which rule, score or model said so: that would teach whoever tries an account
 * what to avoid.
 */
const WORDS: Readonly<Record<string, string>> = {
  no_verdict: 'The safety check has not finished yet. The payment goes on by itself when it has, or the money comes back.',
  held_by_check: 'Our team looks at this payment before it leaves. If nobody releases it in time, the money comes back.',
  account_restricted: 'Payments from this account are stopped for now. See the security centre.',
  step_up_needed: 'Confirm this payment with a code from your authenticator app.',
  denied_by_check: 'The safety check stopped this payment. The money is back in your balance.',
  denied_by_staff: 'Our team stopped this payment. The money is back in your balance.',
  step_up_failed: 'Too many wrong codes: the payment was stopped. The money is back in your balance.',
  cancelled_by_owner: 'You cancelled this payment. The money is back in your balance.',
  approval_expired: 'The payment could not be sent in time. The money is back in your balance; ask again.',
  expired_requested: 'The safety check did not finish in time. The money is back in your balance.',
  expired_held: 'Nobody released this payment in time. The money is back in your balance.',
  expired_awaiting_step_up: 'The payment was not confirmed in time. The money is back in your balance.',
  hot_wallet_limit: 'The wallet paid out as much as it may this hour. The money is back in your balance; ask again later.',
  signer_refused: 'The payment could not be signed. The money is back in your balance.',
  reverted_on_chain: 'The network refused the payment. The money is back in your balance.',
  reorganised: 'The network is confirming the payment again.',
};

function wordsOf(withdrawal: Withdrawal): string[] {
  const words = withdrawal.reason === null ? undefined : WORDS[withdrawal.reason];
  return words === undefined ? [] : [words];
}

/** Puts a withdrawal into the words of the API. */
export function toView(withdrawal: Withdrawal, assets: readonly RegisteredAsset[]): Static<typeof WithdrawalSchema> {
  const asset = assets.find((each) => each.id === withdrawal.asset);
  if (asset === undefined) throw new Error(`withdrawal ${withdrawal.id} is of an asset that is not registered`);
  const asked = withdrawal.state === 'awaiting_step_up' && withdrawal.expiresAt !== null;
  return {
    withdrawal_id: withdrawal.id,
    asset: withdrawal.asset,
    symbol: asset.symbol,
    decimals: asset.decimals,
    amount: withdrawal.amount.toString(),
    payee: withdrawal.payee,
    state: withdrawal.state,
    outcome: withdrawal.outcome,
    reasons: wordsOf(withdrawal),
    step_up: asked ? { methods: ['totp'], expires_at: withdrawal.expiresAt.toISOString() } : null,
    tx_hash: withdrawal.txHash,
    requested_at: withdrawal.requestedAt.toISOString(),
    updated_at: withdrawal.updatedAt.toISOString(),
  };
}

export function toStaffView(withdrawal: Withdrawal, assets: readonly RegisteredAsset[]): Static<typeof StaffWithdrawalSchema> {
  return {
    ...toView(withdrawal, assets),
    account_id: withdrawal.accountId,
    event_id: withdrawal.eventId,
    hold_cause: withdrawal.holdCause,
    reason_code: withdrawal.reason,
    expires_at: withdrawal.expiresAt?.toISOString() ?? null,
  };
}
