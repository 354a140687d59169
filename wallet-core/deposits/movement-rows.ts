import type { AssetId, BulwarkEvent } from '../../core/index.ts';
import type { Hex } from '../../platform/chain/port.ts';
import type { SqlExecutor, SqlRow } from '../../platform/sql/port.ts';

export type MovementState = 'observed' | 'credited' | 'held' | 'rejected' | 'orphaned' | 'reversed';

/** A movement to one of our addresses, as stored. */
export interface Movement {
  readonly id: string;
  readonly chainId: number;
  readonly txHash: Hex;
  readonly position: string;
  readonly asset: AssetId;
  /** minor units, as the chain says */
  readonly amount: bigint;
  readonly from: Hex;
  readonly to: Hex;
  readonly accountId: string;
  readonly blockNumber: number;
  readonly blockHash: Hex;
  /** 1, and one more each time a reorganisation brings it back. */
  readonly incarnation: number;
  readonly state: MovementState;
  readonly reason: string | null;
  readonly attack: string | null;
  /** minor units, where credited */
  readonly credited: bigint | null;
  readonly observedAt: Date;
  readonly settledAt: Date | null;
}

const COLUMNS = `id::text, chain_id, tx_hash, position, asset, amount, from_address, to_address, account_id, block_number,
  block_hash, incarnation, state, reason, attack, credited, observed_at, settled_at`;

interface MovementRow extends SqlRow {
  readonly id: string;
  readonly chain_id: bigint;
  readonly tx_hash: Hex;
  readonly position: string;
  readonly asset: AssetId;
  readonly amount: string;
  readonly from_address: Hex;
  readonly to_address: Hex;
  readonly account_id: string;
  readonly block_number: bigint;
  readonly block_hash: Hex;
  readonly incarnation: number;
  readonly state: MovementState;
  readonly reason: string | null;
  readonly attack: string | null;
  readonly credited: string | null;
  readonly observed_at: Date;
  readonly settled_at: Date | null;
}

function toMovement(row: MovementRow): Movement {
  return {
    id: row.id,
    chainId: Number(row.chain_id),
    txHash: row.tx_hash,
    position: row.position,
    asset: row.asset,
    amount: BigInt(row.amount),
    from: row.from_address,
    to: row.to_address,
    accountId: row.account_id,
    blockNumber: Number(row.block_number),
    blockHash: row.block_hash,
    incarnation: row.incarnation,
    state: row.state,
    reason: row.reason,
    attack: row.attack,
    credited: row.credited === null ? null : BigInt(row.credited),
    observedAt: row.observed_at,
    settledAt: row.settled_at,
  };
}

/** Movements that satisfy `condition`, an SQL text of this room with `$1…` parameters. */
export async function selectMovements(
  executor: SqlExecutor,
  condition: string,
  parameters: readonly unknown[],
): Promise<Movement[]> {
  const rows = await executor.query<MovementRow>(`select ${COLUMNS} from deposits.movement where ${condition}`, parameters);
  return rows.map(toMovement);
}

/** Inserts a new movement, or brings an orphaned or reversed one back; null where it is known and stands (E13, E14). */
export async function insertMovement(
  executor: SqlExecutor,
  movement: Omit<Movement, 'incarnation' | 'state' | 'reason' | 'attack' | 'credited' | 'settledAt'>,
): Promise<Movement | null> {
  const rows = await executor.query<MovementRow>(
    `insert into deposits.movement (id, chain_id, tx_hash, position, asset, amount, from_address, to_address, account_id,
       block_number, block_hash, state, observed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'observed', $12)
     on conflict (chain_id, tx_hash, position) do update
       set block_number = excluded.block_number, block_hash = excluded.block_hash, state = 'observed', amount = excluded.amount,
           asset = excluded.asset, from_address = excluded.from_address, to_address = excluded.to_address,
           account_id = excluded.account_id, incarnation = movement.incarnation + 1, reason = null, attack = null, credited = null, settled_at = null
       where movement.state in ('orphaned', 'reversed')
     returning ${COLUMNS}`,
    [
      movement.id,
      movement.chainId,
      movement.txHash,
      movement.position,
      movement.asset,
      movement.amount,
      movement.from,
      movement.to,
      movement.accountId,
      movement.blockNumber,
      movement.blockHash,
      movement.observedAt,
    ],
  );
  return rows[0] === undefined ? null : toMovement(rows[0]);
}

/** The part that all events of a deposit share. */
export function depositData(movement: Movement): Omit<BulwarkEvent<'wallet.deposit.reversed'>['data'], 'reason'> {
  return {
    deposit_id: movement.id,
    chain_id: movement.chainId,
    tx_hash: movement.txHash,
    position: movement.position,
    asset: movement.asset,
    amount: movement.amount.toString(),
    from: movement.from,
    to: movement.to,
  };
}
