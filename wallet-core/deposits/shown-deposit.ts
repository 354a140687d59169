import { Type } from 'typebox';
import type { Static } from 'typebox';
import { MINOR_PATTERN } from '../../core/index.ts';
import { shownAddress } from './addresses.ts';
import type { WatchedChain } from './context.ts';
import type { Movement } from './movement-rows.ts';

const Amount = Type.String({ pattern: MINOR_PATTERN, description: 'minor units' });
const Nullable = <Schema extends ReturnType<typeof Type.String>>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** A deposit as screens and integrators see it. */
export const DepositSchema = Type.Object({
  deposit_id: Type.String(),
  chain_id: Type.Integer(),
  tx_hash: Type.String(),
  position: Type.String(),
  asset: Type.String(),
  symbol: Type.String(),
  decimals: Type.Integer(),
  amount: Amount,
  credited: Nullable(Amount),
  from: Type.String(),
  to: Type.String(),
  block_number: Type.Integer(),
  state: Type.Enum(['observed', 'credited', 'held', 'rejected', 'orphaned', 'reversed']),
  reason: Nullable(Type.String()),
  attack: Nullable(Type.String()),
  observed_at: Type.String(),
  settled_at: Nullable(Type.String()),
});

export type ShownDeposit = Static<typeof DepositSchema>;

/** Addresses in EIP-55 spelling; symbol and decimals from the registry, never from the chain. */
export function showDeposit(movement: Movement, chains: ReadonlyMap<number, WatchedChain>): ShownDeposit {
  const asset = chains.get(movement.chainId)?.assets.byId.get(movement.asset);
  return {
    deposit_id: movement.id,
    chain_id: movement.chainId,
    tx_hash: movement.txHash,
    position: movement.position,
    asset: movement.asset,
    symbol: asset?.symbol ?? '?',
    decimals: asset?.decimals ?? 0,
    amount: movement.amount.toString(),
    credited: movement.credited === null ? null : movement.credited.toString(),
    from: shownAddress(movement.from),
    to: shownAddress(movement.to),
    block_number: movement.blockNumber,
    state: movement.state,
    reason: movement.reason,
    attack: movement.attack,
    observed_at: movement.observedAt.toISOString(),
    settled_at: movement.settledAt === null ? null : movement.settledAt.toISOString(),
  };
}
