import type { AssetId } from '../../core/index.ts';
import type { SqlExecutor } from '../../platform/sql/port.ts';

/** What one customer has of one asset, in minor units. */
export interface Balance {
  readonly asset: AssetId;
  readonly symbol: string;
  readonly decimals: number;
  /** May be spent now. */
  readonly available: bigint;
  /** Credited, and kept back by a check. */
  readonly held: bigint;
  /** Seen on chain, not final yet. */
  readonly incoming: bigint;
  /** Set aside for payments under way. */
  readonly outgoing: bigint;
}

/** Balances of an account in every asset it ever held, by asset id. */
export async function readBalances(executor: SqlExecutor, accountId: string): Promise<Balance[]> {
  const rows = await executor.query<{
    asset: string;
    symbol: string;
    decimals: number;
    available: string;
    held: string;
    incoming: string;
    outgoing: string;
  }>(
    `with own as (
       select asset, kind, credits_posted - debits_posted - debits_pending as free, debits_pending, credits_pending
         from ledger.account where owner = $1 and kind like 'customer\\_%')
     select own.asset, a.symbol, a.decimals,
            coalesce(sum(free) filter (where kind = 'customer_available'), 0) as available,
            coalesce(sum(free) filter (where kind = 'customer_held'), 0) as held,
            coalesce(sum(free) filter (where kind = 'customer_incoming'), 0) + sum(credits_pending) as incoming,
            coalesce(sum(free) filter (where kind = 'customer_outgoing'), 0) + sum(debits_pending) as outgoing
       from own join ledger.asset a on a.id = own.asset
      group by own.asset, a.symbol, a.decimals order by own.asset`,
    [accountId],
  );
  return rows.map((row) => ({
    asset: row.asset as AssetId,
    symbol: row.symbol,
    decimals: row.decimals,
    available: BigInt(row.available),
    held: BigInt(row.held),
    incoming: BigInt(row.incoming),
    outgoing: BigInt(row.outgoing),
  }));
}

/** The proof of one asset: sums over all accounts, in minor units. */
export interface AssetProof {
  readonly asset: AssetId;
  readonly debitsPosted: bigint;
  readonly creditsPosted: bigint;
  readonly debitsPending: bigint;
  readonly creditsPending: bigint;
}

export interface LedgerProof {
  /** True when nothing below is wrong. */
  readonly ok: boolean;
  readonly assets: readonly AssetProof[];
  /** Customer accounts below zero. */
  readonly negativeAccounts: readonly string[];
  /** Accounts whose totals are not the sum of their transfers. */
  readonly driftedAccounts: readonly string[];
}

const DRIFT = `
  with side as (
    select debit_account as account, state, amount, pending_id, true as debit from ledger.transfer
    union all
    select credit_account, state, amount, pending_id, false from ledger.transfer),
  summed as (
    select s.account,
      coalesce(sum(s.amount) filter (where debit and s.state in ('single', 'post')), 0) as debits_posted,
      coalesce(sum(s.amount) filter (where not debit and s.state in ('single', 'post')), 0) as credits_posted,
      coalesce(sum(s.amount) filter (where debit and s.state = 'pending'), 0)
        - coalesce(sum(p.amount) filter (where debit and s.state in ('post', 'void')), 0) as debits_pending,
      coalesce(sum(s.amount) filter (where not debit and s.state = 'pending'), 0)
        - coalesce(sum(p.amount) filter (where not debit and s.state in ('post', 'void')), 0) as credits_pending
    from side s left join ledger.transfer p on p.id = s.pending_id group by s.account)
  select a.id from ledger.account a left join summed s on s.account = a.id
   where (a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending) is distinct from
         (coalesce(s.debits_posted, 0), coalesce(s.credits_posted, 0), coalesce(s.debits_pending, 0), coalesce(s.credits_pending, 0))
   order by a.id`;

/** Proves the books from the lines up: per asset debits = credits, nobody below zero, every total the sum of its transfers. */
export async function proveBooks(executor: SqlExecutor): Promise<LedgerProof> {
  const rows = await executor.query<{ asset: string; dp: string; cp: string; dn: string; cn: string }>(
    `select asset, sum(debits_posted) as dp, sum(credits_posted) as cp, sum(debits_pending) as dn, sum(credits_pending) as cn
       from ledger.account group by asset order by asset`,
  );
  const assets = rows.map((row) => ({
    asset: row.asset as AssetId,
    debitsPosted: BigInt(row.dp),
    creditsPosted: BigInt(row.cp),
    debitsPending: BigInt(row.dn),
    creditsPending: BigInt(row.cn),
  }));
  const negative = await executor.query<{ id: string }>(
    `select id from ledger.account where kind like 'customer\\_%' and debits_posted + debits_pending > credits_posted order by id`,
  );
  const drifted = await executor.query<{ id: string }>(DRIFT);
  const even = assets.every((each) => each.debitsPosted === each.creditsPosted && each.debitsPending === each.creditsPending);
  return {
    ok: even && negative.length === 0 && drifted.length === 0,
    assets,
    negativeAccounts: negative.map((row) => row.id),
    driftedAccounts: drifted.map((row) => row.id),
  };
}
