import type { Hex } from '../../platform/chain/port.ts';
import type { SqlExecutor, SqlRow } from '../../platform/sql/port.ts';

export type ClaimState = 'pending' | 'credited' | 'held' | 'rejected';

/** What is said about a claim: never more than the chain shows. */
export interface ClaimJudgement {
  readonly state: ClaimState;
  /** snake_case, append-only */
  readonly reason: string;
  /** Row of the attack catalogue, where one matches. */
  readonly attack: string | null;
}

/** “I paid, here is the hash.” */
export interface Claim extends ClaimJudgement {
  /** The account id, or `provider:NAME`. */
  readonly claimant: string;
  readonly id: string;
  readonly chainId: number;
  readonly txHash: Hex;
  readonly claimedAt: Date;
}

interface ClaimRow extends SqlRow {
  readonly claimant: string;
  readonly id: string;
  readonly chain_id: bigint;
  readonly tx_hash: Hex;
  readonly state: ClaimState;
  readonly reason: string;
  readonly attack: string | null;
  readonly claimed_at: Date;
}

/** Claims that satisfy `condition`, an SQL text of this room with `$1…` parameters. */
export async function selectClaims(executor: SqlExecutor, condition: string, parameters: readonly unknown[]): Promise<Claim[]> {
  const rows = await executor.query<ClaimRow>(
    `select claimant, id, chain_id, tx_hash, state, reason, attack, claimed_at from deposits.claim where ${condition}`,
    parameters,
  );
  return rows.map(({ claimant, id, chain_id: chainId, tx_hash: txHash, state, reason, attack, claimed_at: claimedAt }) => {
    return { claimant, id, chainId: Number(chainId), txHash, state, reason, attack, claimedAt };
  });
}

/** The account a claim is for; null for a provider's, which is a hint about anybody's. */
export function accountOf(claim: Claim): string | null {
  return claim.claimant.startsWith('provider:') ? null : claim.claimant;
}
