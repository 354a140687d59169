import { keccak256 } from 'ethers';
import type { FactValue } from '../../core/index.ts';
import type { BlockHeader, Chain, Hex } from '../../platform/chain/port.ts';
import type { DepositAsset } from './assets.ts';
import type { DepositContext, WatchedChain } from './context.ts';
import type { Movement } from './movement-rows.ts';
import { readMovements } from './read-movements.ts';

/** What the chain says of all movements of one asset to one address in one block. */
export type Examination =
  /** The block is not on the chain's branch as this node sees it: nothing is decided now. */
  | { readonly kind: 'wait' }
  | {
      readonly kind: 'credit' | 'hold' | 'reject';
      readonly reason: string | null;
      readonly attack: string | null;
      /** Minor units to credit by movement id. */
      readonly credited: ReadonlyMap<string, bigint>;
      /** Everything looked at, for the evidence. */
      readonly facts: Readonly<Record<string, FactValue>>;
    };

interface Sight {
  readonly blockHash: Hex;
  readonly present: boolean;
  readonly addressCode: Hex;
  readonly codeHash: Hex | null;
  readonly decimals: number | null;
  readonly before: bigint | null;
  readonly after: bigint | null;
}

function balanceAt(chain: Chain, asset: DepositAsset, holder: Hex, number: number): Promise<bigint | null> {
  const token = asset.contract;
  return token === null ? chain.balance(holder, number) : chain.tokenBalance(token.toLowerCase() as Hex, holder, number);
}

async function look(
  context: DepositContext,
  watched: WatchedChain,
  asset: DepositAsset,
  group: readonly Movement[],
): Promise<Sight | null> {
  const { chain } = watched;
  const [{ blockNumber, blockHash, to }] = group as readonly [Movement];
  const block = await chain.block(blockNumber);
  if (block === null || block.hash !== blockHash) return null;
  const seen = readMovements(block, await chain.receipts(blockHash), watched.assets, context.checks);
  const token = asset.contract === null ? null : (asset.contract.toLowerCase() as Hex);
  const sight: Sight = {
    blockHash,
    present: group.every((each) => seen.some((other) => isSame(each, other))),
    addressCode: await chain.code(to, blockNumber),
    codeHash: token === null ? null : (keccak256(await chain.code(token, blockNumber)) as Hex),
    decimals: token === null ? asset.decimals : await chain.tokenDecimals(token),
    before: await balanceAt(chain, asset, to, blockNumber - 1),
    after: await balanceAt(chain, asset, to, blockNumber),
  };
  // State is asked for by number: only when the number still means this block do the answers belong to it.
  return (await chain.block(blockNumber))?.hash === blockHash ? sight : null;
}

function isSame(movement: Movement, seen: ReturnType<typeof readMovements>[number]): boolean {
  const { txHash, position, amount, to } = movement;
  return (
    seen.txHash === txHash &&
    seen.position === position &&
    seen.amount === amount &&
    seen.to === to &&
    seen.asset.id === movement.asset
  );
}

/** keccak256 of nothing: the code hash of an address without code. */
const NO_CODE = keccak256('0x');

type Judgement = Pick<Exclude<Examination, { kind: 'wait' }>, 'kind' | 'reason' | 'attack'> & { readonly lone?: bigint };

function judge(context: DepositContext, asset: DepositAsset, group: readonly Movement[], sight: Sight): Judgement {
  const { checks } = context;
  if (!sight.present) return { kind: 'hold', reason: 'evidence_changed', attack: null };
  if (sight.codeHash !== null && asset.codeHash !== null && !checks.sameCode(sight.codeHash, asset.codeHash)) {
    if (sight.codeHash === NO_CODE) return { kind: 'reject', reason: 'token_has_no_code', attack: 'E28' };
    return { kind: 'hold', reason: 'token_code_changed', attack: 'E27' };
  }
  if (!checks.sameDecimals(sight.decimals, asset.decimals)) return { kind: 'hold', reason: 'decimals_differ', attack: 'E17' };
  if (!checks.isPlainAddress(sight.addressCode)) return { kind: 'hold', reason: 'code_on_deposit_address', attack: 'E36' };
  if (sight.before === null || sight.after === null) return { kind: 'hold', reason: 'balance_unreadable', attack: null };
  const delta = sight.after - sight.before;
  const logged = group.reduce((sum, each) => sum + each.amount, 0n);
  if (checks.covers(delta, logged)) return { kind: 'credit', reason: null, attack: null };
  if (delta <= 0n) return { kind: 'reject', reason: 'nothing_arrived', attack: asset.contract === null ? 'E06' : 'E01' };
  if (group.length > 1) return { kind: 'hold', reason: 'less_arrived_than_logged', attack: 'E22' };
  if (!asset.feeOnTransfer) return { kind: 'hold', reason: 'less_arrived_than_logged', attack: 'E18' };
  return { kind: 'credit', reason: 'fee_kept_by_token', attack: null, lone: delta };
}

/**
 * Looks at the chain once more for movements whose block is final: same block, same receipts, listed code and decimals, and a
 * balance that grew by at least what the logs say. Σ credits ≤ balance delta, by construction. What cannot be checked is held.
 * Deposit addresses are never spent from in this version, so there is no outflow of ours to add back.
 */
export async function examine(
  context: DepositContext,
  watched: WatchedChain,
  group: readonly Movement[],
  finality: { readonly head: BlockHeader; readonly finalNumber: number },
): Promise<Examination> {
  const first = group[0];
  const asset = first === undefined ? undefined : watched.assets.byId.get(first.asset);
  if (asset === undefined) {
    return { kind: 'hold', reason: 'asset_not_listed', attack: null, credited: new Map(), facts: {} };
  }
  const sight = await look(context, watched, asset, group);
  if (sight === null) return { kind: 'wait' };
  const { kind, reason, attack, lone } = judge(context, asset, group, sight);
  const credited = new Map(kind === 'credit' ? group.map((each) => [each.id, lone ?? each.amount]) : []);
  return { kind, reason, attack, credited, facts: factsOf(watched, asset, group, sight, finality) };
}

function text(value: bigint | null): string | null {
  return value === null ? null : value.toString();
}

function factsOf(
  watched: WatchedChain,
  asset: DepositAsset,
  group: readonly Movement[],
  sight: Sight,
  finality: { readonly head: BlockHeader; readonly finalNumber: number },
): Record<string, FactValue> {
  const { chain } = watched;
  return {
    chain_id: chain.chainId,
    genesis_hash: chain.genesisHash,
    read_through: chain.description.adapter,
    block_hash: sight.blockHash,
    token: asset.contract,
    token_code_hash: sight.codeHash,
    token_code_hash_listed: asset.codeHash,
    decimals: sight.decimals,
    decimals_listed: asset.decimals,
    deposit_address_code: sight.addressCode === '0x' ? 'none' : keccak256(sight.addressCode),
    balance_before: text(sight.before),
    balance_after: text(sight.after),
    balance_delta: sight.before === null || sight.after === null ? null : text(sight.after - sight.before),
    logged_in_block: text(group.reduce((sum, each) => sum + each.amount, 0n)),
    movements_in_block: group.length,
    own_outflow: '0',
    finality: watched.finality.kind,
    final_number: finality.finalNumber,
    head_number: finality.head.number,
    head_hash: finality.head.hash,
  };
}
