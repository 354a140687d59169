import { HOUR_MS, OutsideError, refuse, type Result, succeed } from '../../core/index.ts';
import type { Hex } from '../../platform/chain/port.ts';
import type { SqlTransaction } from '../../platform/sql/port.ts';
import { type Claim, type ClaimJudgement, selectClaims } from './claim-rows.ts';
import type { DepositContext, WatchedChain } from './context.ts';
import { judgeClaim } from './judge-claim.ts';

/** An honest customer has a handful of payments on the way; each pending claim is looked at again with every block. */
const PENDING_MAX = 20;
/** Each claim costs about ten reads of the chain. */
const PER_HOUR_MAX = 60;
/** Pending claims judged again in one tick, longest waiting first. */
const REJUDGED_PER_TICK = 50;

export interface NewClaim {
  readonly claimant: string;
  readonly id: string;
  readonly chainId: number;
  readonly txHash: Hex;
}

export type ClaimRefusal = 'account_frozen' | 'chain_unknown' | 'exists_with_different_body' | 'too_many_claims';

export interface Claims {
  /** Records a claim in the caller's transaction, with its event; judged later by `judge` or the watcher. */
  record(tx: SqlTransaction, claim: NewClaim): Promise<void>;
  /** Records a customer's claim, and says at once what the chain shows. The same id again gives the first answer as it stands now. */
  submit(claim: NewClaim): Promise<Result<Claim, ClaimRefusal>>;
  find(claimant: string, id: string): Promise<Claim | null>;
  judge(claim: Claim): Promise<Claim>;
  /** Judges pending claims of the chain again. */
  rejudge(watched: WatchedChain): Promise<void>;
}

const PROVIDER = 'provider:';

async function record(context: DepositContext, tx: SqlTransaction, claim: NewClaim): Promise<void> {
  await tx.query(
    `insert into deposits.claim (claimant, id, chain_id, tx_hash, state, reason, claimed_at, judged_at)
     values ($1, $2, $3, $4, 'pending', 'not_looked_at', $5, $5)`,
    [claim.claimant, claim.id, claim.chainId, claim.txHash, new Date(context.clock.now())],
  );
  const provider = claim.claimant.startsWith(PROVIDER) ? claim.claimant.slice(PROVIDER.length) : null;
  const claimedBy = provider === null ? 'owner' : 'provider';
  const data = { claim_id: claim.id, chain_id: claim.chainId, tx_hash: claim.txHash, claimed_by: claimedBy, provider } as const;
  await context.outbox.append(tx, { type: 'wallet.deposit.claimed', subject: claim.claimant, data });
}

/** A flood of claims would be a flood of chain reads: counted under a lock of the claimant, so that two at once cannot both slip in. */
async function admit(context: DepositContext, tx: SqlTransaction, claim: NewClaim): Promise<Result<void, ClaimRefusal>> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`deposit-claims:${claim.claimant}`]);
  const existing = await selectClaims(tx, 'claimant = $1 and id = $2', [claim.claimant, claim.id]);
  if (existing[0] !== undefined) {
    const same = existing[0].chainId === claim.chainId && existing[0].txHash === claim.txHash;
    return same ? succeed(undefined) : refuse('exists_with_different_body', 'this claim id was used for another transaction');
  }
  const { frozen } = await context.restrictions.stateOf(tx, claim.claimant);
  if (frozen) return refuse('account_frozen', 'a frozen account can be read, and nothing else; deposits to it are still seen');
  const [counts] = await tx.query<{ pending: bigint; recent: bigint }>(
    `select count(*) filter (where state = 'pending') as pending, count(*) filter (where claimed_at > $2) as recent
       from deposits.claim where claimant = $1`,
    [claim.claimant, new Date(context.clock.now() - HOUR_MS)],
  );
  if (counts === undefined || counts.pending >= PENDING_MAX || counts.recent >= PER_HOUR_MAX) {
    const message = `at most ${PENDING_MAX} open claims and ${PER_HOUR_MAX} an hour: wait until some are decided`;
    return refuse('too_many_claims', message);
  }
  await record(context, tx, claim);
  return succeed(undefined);
}

async function store(context: DepositContext, claim: Claim, judgement: ClaimJudgement): Promise<Claim> {
  const { state, reason, attack } = judgement;
  return context.sql.transaction(async (tx) => {
    const stored = await tx.query(
      `update deposits.claim set state = $3, reason = $4, attack = $5, judged_at = $6
        where claimant = $1 and id = $2 and state = 'pending' returning id`,
      [claim.claimant, claim.id, state, reason, attack, new Date(context.clock.now())],
    );
    if (stored.length > 0 && state === 'rejected') {
      const data = { claim_id: claim.id, chain_id: claim.chainId, tx_hash: claim.txHash, attack, reason };
      await context.outbox.append(tx, { type: 'wallet.deposit.rejected', subject: claim.claimant, data });
      const details = { claimant: claim.claimant, chain_id: claim.chainId, tx_hash: claim.txHash, reason, attack };
      await context.audit.append(tx, { kind: 'deposit_claim_rejected', actor: 'system', subject: claim.id, details });
    }
    return { ...claim, ...judgement };
  });
}

export function createClaims(context: DepositContext, chains: ReadonlyMap<number, WatchedChain>): Claims {
  async function find(claimant: string, id: string): Promise<Claim | null> {
    return (await selectClaims(context.sql, 'claimant = $1 and id = $2', [claimant, id]))[0] ?? null;
  }

  async function judge(claim: Claim): Promise<Claim> {
    const watched = chains.get(claim.chainId);
    if (watched === undefined || claim.state !== 'pending') return claim;
    try {
      return await store(context, claim, await judgeClaim(context, watched, claim));
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      // What cannot be looked at now goes to the end of the line, or a handful of such claims would keep everybody else waiting.
      await context.sql.query(`update deposits.claim set judged_at = $3 where claimant = $1 and id = $2 and state = 'pending'`, [
        claim.claimant,
        claim.id,
        new Date(context.clock.now()),
      ]);
      return { ...claim, state: 'pending', reason: 'chain_unavailable', attack: null };
    }
  }

  return {
    record: (tx, claim) => record(context, tx, claim),
    find,
    judge,
    async submit(claim) {
      if (!chains.has(claim.chainId))
        return refuse('chain_unknown', `chain ${claim.chainId} is not one that deposits are taken on`);
      const admitted = await context.sql.transaction((tx) => admit(context, tx, claim));
      if (!admitted.ok) return admitted;
      const stored = await find(claim.claimant, claim.id);
      if (stored === null) throw new Error('a claim that was written is not there');
      return succeed(await judge(stored));
    },
    async rejudge(watched) {
      const waiting = await selectClaims(context.sql, `chain_id = $1 and state = 'pending' order by judged_at, id limit $2`, [
        watched.chain.chainId,
        REJUDGED_PER_TICK,
      ]);
      for (const claim of waiting) await judge(claim);
    },
  };
}
