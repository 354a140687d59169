import { type AccountId, hashJson, isUuid, parseMinor, refuse, type Result, succeed } from '../../core/index.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';
import { transferIdOf } from '../ledger/index.ts';
import { DAY, type WithdrawalDeps } from './deps.ts';
import type { ClientData } from './withdrawal-rows.ts';

export interface TransferRequest {
  readonly transfer_id: string;
  readonly asset: string;
  readonly amount: string;
  readonly to_account: string;
}

export type TransferRequestRefusal =
  | 'id_malformed'
  | 'amount_malformed'
  | 'amount_too_large'
  | 'asset_unknown'
  | 'payee_unknown'
  | 'account_restricted'
  | 'totp_not_enrolled'
  | 'too_many_transfers'
  | 'transfer_limit_reached'
  | 'exceeds_credits'
  | 'exists_with_different_body';

type Checked = Result<bigint, TransferRequestRefusal>;

async function check(deps: WithdrawalDeps, tx: SqlTransaction, accountId: AccountId, request: TransferRequest): Promise<Checked> {
  if (!isUuid(request.transfer_id)) return refuse('id_malformed', 'transfer_id is a lower-case UUID made by the caller');
  const amount = parseMinor(request.amount);
  if (!amount.ok) return amount;
  const max = deps.limits.assets.get(request.asset)?.transferMax;
  if (max === undefined) return refuse('asset_unknown', 'this asset cannot be transferred');
  if (amount.value === 0n) return refuse('amount_malformed', 'a transfer moves at least one smallest unit');
  if (amount.value > max) return refuse('amount_too_large', `one transfer moves at most ${max} in the asset's smallest unit`);
  if ((await deps.restrictions.stateOf(tx, accountId)).outgoingBlocked) {
    return refuse('account_restricted', 'money cannot leave this account now: see the security centre');
  }
  if (!(await deps.totpEnrolled(tx, accountId))) {
    return refuse('totp_not_enrolled', 'set up a second factor first: payments need it');
  }
  if (request.to_account === accountId || !(await deps.accountExists(tx, request.to_account))) {
    return refuse('payee_unknown', 'there is no other account with this id');
  }
  const day = await checkDay(deps, tx, accountId, { asset: request.asset, amount: amount.value, max });
  return day.ok ? amount : day;
}

/** How often, and how much of one asset: who splits a sum into many transfers moves no more than one of them may. */
async function checkDay(
  deps: WithdrawalDeps,
  tx: SqlTransaction,
  accountId: AccountId,
  of: { readonly asset: string; readonly amount: bigint; readonly max: bigint },
): Promise<Result<void, TransferRequestRefusal>> {
  const [day] = await tx.query<{ n: bigint; moved: string }>(
    `select count(*) as n, coalesce(sum(amount) filter (where asset = $3), 0)::text as moved
       from withdrawals.internal_transfer where account_id = $1 and created_at > $2`,
    [accountId, new Date(deps.clock.now() - DAY), of.asset],
  );
  if ((day?.n ?? 0n) >= BigInt(deps.limits.transfersPerDayMax)) {
    return refuse('too_many_transfers', `an account makes at most ${deps.limits.transfersPerDayMax} transfers in 24 hours`);
  }
  if (BigInt(day?.moved ?? 0) + of.amount > of.max) {
    return refuse('transfer_limit_reached', `transfers of 24 hours move at most ${of.max} in the asset's smallest unit together`);
  }
  return succeed(undefined);
}

/**
 * Moves money to another account of this wallet, at once. It is not judged beforehand: it stays within the wallet, where a freeze
 * of the receiver still reaches it, and what a day's transfers move together is bounded; the engine sees it as `wallet.transfer.posted`.
 */
export async function transferInside(
  deps: WithdrawalDeps,
  tx: SqlTransaction,
  by: { readonly accountId: AccountId; readonly client: ClientData },
  request: TransferRequest,
): Promise<Result<{ readonly created: boolean }, TransferRequestRefusal>> {
  const bodyHash = hashJson(request);
  await deps.restrictions.lockAccount(tx, by.accountId);
  const taken = refuse('exists_with_different_body', 'this transfer_id was used for something else: make a new one');
  const found = isUuid(request.transfer_id)
    ? await tx.query<{ account_id: string; body_hash: string }>(
        'select account_id, body_hash from withdrawals.internal_transfer where id = $1',
        [request.transfer_id],
      )
    : [];
  const before = found[0];
  if (before !== undefined) {
    return before.account_id === by.accountId && before.body_hash === bodyHash ? succeed({ created: false }) : taken;
  }
  const amount = await check(deps, tx, by.accountId, request);
  if (!amount.ok) return amount;
  const asset = (await deps.ledger.assets(tx)).find((each) => each.id === request.asset)?.id;
  if (asset === undefined) return refuse('asset_unknown', 'this asset cannot be transferred');
  const posted = await deps.ledger.apply(tx, [
    {
      kind: 'single',
      id: transferIdOf('internal', request.transfer_id),
      code: 'internal_transfer',
      debit: { owner: by.accountId, kind: 'customer_available', asset },
      credit: { owner: request.to_account, kind: 'customer_available', asset },
      amount: amount.value,
    },
  ]);
  if (!posted.ok) {
    if (posted.refusal.code === 'exceeds_credits')
      return refuse('exceeds_credits', 'the account does not have that much available');
    if (posted.refusal.code === 'exists_with_different_body') return taken;
    throw new Error(`the ledger refused a checked transfer: ${posted.refusal.code}`);
  }
  await tx.query(
    `insert into withdrawals.internal_transfer (id, account_id, to_account, asset, amount, body_hash, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [request.transfer_id, by.accountId, request.to_account, asset, amount.value, bodyHash, new Date(deps.clock.now())],
  );
  const data = {
    transfer_id: request.transfer_id,
    asset,
    amount: request.amount,
    to_account: request.to_account,
    client: by.client,
  };
  await deps.outbox.append(tx, { type: 'wallet.transfer.posted', subject: by.accountId, data });
  const details = { body_hash: bodyHash };
  await deps.audit.append(tx, { kind: 'transfer_posted', actor: `owner:${by.accountId}`, subject: request.transfer_id, details });
  return succeed({ created: true });
}
