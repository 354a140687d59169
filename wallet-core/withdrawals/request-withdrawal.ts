import { getAddress, ZeroAddress } from 'ethers';
import {
  type AccountId,
  type EventId,
  hashJson,
  isUuid,
  parseMinor,
  refuse,
  type Result,
  succeed,
  uuidV7,
  type WithdrawalId,
} from '../../core/index.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';
import type { RegisteredAsset } from '../ledger/index.ts';
import { reserveIdOf } from './change-state.ts';
import { DAY, type WithdrawalDeps } from './deps.ts';
import { type ClientData, payloadOf, readWithdrawal, type Withdrawal } from './withdrawal-rows.ts';

/** What the owner asks, as it came over the wire. */
export interface WithdrawalRequest {
  readonly withdrawal_id: string;
  readonly asset: string;
  readonly amount: string;
  readonly payee: string;
  /** wei */
  readonly fee_cap?: string;
}

export type RequestRefusal =
  | 'id_malformed'
  | 'amount_malformed'
  | 'amount_too_large'
  | 'amount_too_small'
  | 'asset_unknown'
  | 'payee_malformed'
  | 'payee_refused'
  | 'fee_cap_refused'
  | 'account_restricted'
  | 'totp_not_enrolled'
  | 'too_many_withdrawals'
  | 'exceeds_credits'
  | 'exists_with_different_body';

export interface Requested {
  readonly withdrawal: Withdrawal;
  /** False: the same request came before, and this is its first answer's withdrawal. */
  readonly created: boolean;
}

interface Checked {
  readonly asset: RegisteredAsset & { readonly chainId: number };
  readonly amount: bigint;
  readonly feeCap: bigint;
}

function checkPayee(payee: string, asset: RegisteredAsset, hotWallet: string): Result<void, RequestRefusal> {
  let spelled: string;
  try {
    spelled = getAddress(payee);
  } catch {
    return refuse('payee_malformed', 'a payee is an address of 40 hex digits after 0x');
  }
  // Lower case carries no checksum, so a slip of the finger would go unseen (EIP-55).
  if (spelled !== payee)
    return refuse('payee_malformed', 'spell the address with its capital letters (EIP-55), as the payee gave it');
  const ours = payee === ZeroAddress || payee === asset.contract || payee.toLowerCase() === hotWallet;
  return ours ? refuse('payee_refused', 'money sent to this address would be lost or come back to us') : succeed(undefined);
}

function checkAmounts(
  deps: WithdrawalDeps,
  request: WithdrawalRequest,
): Result<{ amount: bigint; feeCap: bigint }, RequestRefusal> {
  const amount = parseMinor(request.amount);
  if (!amount.ok) return amount;
  const minimum = deps.limits.assets.get(request.asset)?.withdrawalMin;
  if (minimum === undefined) return refuse('asset_unknown', 'this asset cannot be withdrawn');
  if (amount.value < minimum || amount.value === 0n) {
    return refuse('amount_too_small', `the smallest withdrawal of this asset is ${minimum} in its smallest unit`);
  }
  const feeCap = parseMinor(request.fee_cap ?? deps.limits.feeCapDefault.toString());
  if (!feeCap.ok || feeCap.value > deps.limits.feeCapMax || feeCap.value === 0n) {
    return refuse('fee_cap_refused', `the fee cap is between 1 and ${deps.limits.feeCapMax} wei`);
  }
  return succeed({ amount: amount.value, feeCap: feeCap.value });
}

async function check(
  deps: WithdrawalDeps,
  tx: SqlTransaction,
  request: WithdrawalRequest,
): Promise<Result<Checked, RequestRefusal>> {
  if (!isUuid(request.withdrawal_id)) return refuse('id_malformed', 'withdrawal_id is a lower-case UUID made by the caller');
  const amounts = checkAmounts(deps, request);
  if (!amounts.ok) return amounts;
  const asset = (await deps.ledger.assets(tx)).find((each) => each.id === request.asset);
  const chainId = asset?.chainId ?? null;
  if (asset === undefined || chainId === null || !deps.chainById.has(chainId)) {
    return refuse('asset_unknown', 'this asset cannot be withdrawn');
  }
  const payee = checkPayee(request.payee, asset, deps.signer.address);
  if (!payee.ok) return payee;
  return succeed({ ...amounts.value, asset: { ...asset, chainId } });
}

async function checkAccount(
  deps: WithdrawalDeps,
  tx: SqlTransaction,
  accountId: AccountId,
): Promise<Result<void, RequestRefusal>> {
  const state = await deps.restrictions.stateOf(tx, accountId);
  if (state.outgoingBlocked) return refuse('account_restricted', 'money cannot leave this account now: see the security centre');
  if (!(await deps.totpEnrolled(tx, accountId))) {
    return refuse('totp_not_enrolled', 'set up a second factor first: no money leaves without one');
  }
  const since = new Date(deps.clock.now() - DAY);
  const [count] = await tx.query<{ n: bigint }>(
    'select count(*) as n from withdrawals.withdrawal where account_id = $1 and requested_at > $2',
    [accountId, since],
  );
  if ((count?.n ?? 0n) >= BigInt(deps.limits.withdrawalsPerDayMax)) {
    return refuse(
      'too_many_withdrawals',
      `an account asks for at most ${deps.limits.withdrawalsPerDayMax} withdrawals in 24 hours`,
    );
  }
  return succeed(undefined);
}

/** Remembers the payee; true while no payment to it was ever confirmed. */
async function meetPayee(
  deps: WithdrawalDeps,
  tx: SqlTransaction,
  of: { accountId: string; chainId: number; address: string; client: ClientData },
): Promise<boolean> {
  const id = uuidV7(deps.clock, deps.random);
  const added = await tx.query(
    `insert into withdrawals.payee (account_id, chain_id, address, id, added_at) values ($1, $2, $3, $4, $5)
     on conflict do nothing returning 1`,
    [of.accountId, of.chainId, of.address, id, new Date(deps.clock.now())],
  );
  if (added.length > 0) {
    const data = { payee_id: id, address: of.address, chain_id: of.chainId, client: of.client };
    await deps.outbox.append(tx, { type: 'wallet.payee.added', subject: of.accountId, data });
    return true;
  }
  const known = await tx.query(
    'select 1 from withdrawals.payee where account_id = $1 and chain_id = $2 and address = $3 and confirmed_at is not null',
    [of.accountId, of.chainId, of.address],
  );
  return known.length === 0;
}

type NewWithdrawal = Pick<
  Withdrawal,
  'id' | 'accountId' | 'asset' | 'amount' | 'payee' | 'chainId' | 'feeCap' | 'client' | 'bodyHash'
> & { readonly payloadHash: string };

/** False when a withdrawal has this id; the reservation, made before, has met that already. */
async function insert(deps: WithdrawalDeps, tx: SqlTransaction, of: NewWithdrawal, eventId: EventId): Promise<boolean> {
  const now = new Date(deps.clock.now());
  const expiresAt = new Date(now.getTime() + deps.limits.holdExpiryMs);
  const rows = await tx.query(
    `insert into withdrawals.withdrawal
       (id, account_id, asset, amount, payee, chain_id, fee_cap, payload_hash, body_hash, event_id, client, state, expires_at,
        requested_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'requested', $12, $13, $13) on conflict do nothing returning 1`,
    [
      of.id,
      of.accountId,
      of.asset,
      of.amount,
      of.payee,
      of.chainId,
      of.feeCap,
      of.payloadHash,
      of.bodyHash,
      eventId,
      JSON.stringify(of.client),
      expiresAt,
      now,
    ],
  );
  return rows.length > 0;
}

async function tell(
  deps: WithdrawalDeps,
  tx: SqlTransaction,
  of: NewWithdrawal,
  eventId: EventId,
  payeeIsNew: boolean,
): Promise<void> {
  await deps.outbox.append(tx, {
    id: eventId,
    type: 'wallet.withdrawal.requested',
    subject: of.accountId,
    data: {
      withdrawal_id: of.id,
      asset: of.asset,
      amount: of.amount.toString(),
      payee: of.payee,
      payload_hash: of.payloadHash,
      payee_is_new: payeeIsNew,
      client: of.client,
    },
  });
  await deps.audit.append(tx, {
    kind: 'withdrawal_requested',
    actor: `owner:${of.accountId}`,
    subject: of.id,
    details: { payload_hash: of.payloadHash },
  });
}

const taken = (): Result<never, RequestRefusal> =>
  refuse('exists_with_different_body', 'this withdrawal_id was used for something else: make a new one');

/**
 * One transaction: checks, sets the money aside, remembers the payee, writes the row and the event. When the process dies in it,
 * nothing happened; after it, the money is set aside until a verdict, a person or time decides.
 */
export async function requestWithdrawal(
  deps: WithdrawalDeps,
  tx: SqlTransaction,
  by: { readonly accountId: AccountId; readonly client: ClientData },
  request: WithdrawalRequest,
): Promise<Result<Requested, RequestRefusal>> {
  const bodyHash = hashJson(request);
  // The account's lock makes the same request twice take turns, and the daily count and the payee's first use exact.
  await deps.restrictions.lockAccount(tx, by.accountId);
  if (isUuid(request.withdrawal_id)) {
    const before = await readWithdrawal(tx, request.withdrawal_id);
    if (before !== null) {
      const same = before.accountId === by.accountId && before.bodyHash === bodyHash;
      return same ? succeed({ withdrawal: before, created: false }) : taken();
    }
  }
  const checked = await check(deps, tx, request);
  if (!checked.ok) return checked;
  const permitted = await checkAccount(deps, tx, by.accountId);
  if (!permitted.ok) return permitted;
  const { asset, amount, feeCap } = checked.value;
  const id = request.withdrawal_id as WithdrawalId;
  const fields = { id, accountId: by.accountId, asset: asset.id, amount, payee: request.payee, chainId: asset.chainId, feeCap };
  const fresh: NewWithdrawal = { ...fields, client: by.client, bodyHash, payloadHash: hashJson(payloadOf(fields)) };
  const reserved = await deps.ledger.apply(tx, [
    {
      kind: 'pending',
      id: reserveIdOf(id),
      code: 'withdrawal_reserve',
      debit: { owner: by.accountId, kind: 'customer_available', asset: asset.id },
      credit: { owner: 'system', kind: 'hot_wallet', asset: asset.id },
      amount,
      // This room ends it together with its own row; two clocks over one sum would disagree one day.
      expiresAt: null,
    },
  ]);
  if (!reserved.ok) {
    if (reserved.refusal.code === 'exceeds_credits')
      return refuse('exceeds_credits', 'the account does not have that much available');
    if (reserved.refusal.code === 'exists_with_different_body') return taken();
    throw new Error(`the ledger refused a checked withdrawal: ${reserved.refusal.code}`);
  }
  const eventId = uuidV7<EventId>(deps.clock, deps.random);
  if (!(await insert(deps, tx, fresh, eventId))) throw new Error('the reservation of a withdrawal was free and its row was not');
  const isNew = await meetPayee(deps, tx, { ...by, chainId: asset.chainId, address: request.payee });
  await tell(deps, tx, fresh, eventId, isNew);
  const withdrawal = await readWithdrawal(tx, id);
  if (withdrawal === null) throw new Error('a withdrawal that was just written is not there');
  return succeed({ withdrawal, created: true });
}
