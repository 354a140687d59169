import { keccak256 } from 'ethers';
import type { Chain, Hex } from '../../platform/chain/port.ts';
import type { RegisteredAsset } from '../ledger/index.ts';

/** A ledger asset that customers may deposit. */
export interface DepositAsset extends RegisteredAsset {
  /** keccak256 of the token's code when it was first listed (`pinCode`); null for the chain's native coin. */
  readonly codeHash: Hex | null;
  /** Minor units; a smaller deposit is ignored (E33: dust costs us more to look at than it is worth). */
  readonly minimum: bigint;
  /** True for a token known to keep a fee: a lone deposit is then credited with what arrived (E18). */
  readonly feeOnTransfer: boolean;
}

/** What can be deposited on one chain. */
export interface ChainAssets {
  readonly native: DepositAsset | null;
  /** By lower-case contract address. */
  readonly tokens: ReadonlyMap<Hex, DepositAsset>;
  readonly byId: ReadonlyMap<string, DepositAsset>;
}

/** The assets of one chain out of all; another chain's tokens are unknown here (E16). */
export function assetsOfChain(assets: readonly DepositAsset[], chainId: number): ChainAssets {
  const here = assets.filter((asset) => asset.chainId === chainId);
  const tokens = new Map<Hex, DepositAsset>();
  for (const asset of here) {
    if (asset.contract === null) continue;
    if (asset.codeHash === null) throw new TypeError(`the token ${asset.id} is listed without its code hash`);
    tokens.set(asset.contract.toLowerCase() as Hex, asset);
  }
  return {
    native: here.find((asset) => asset.contract === null) ?? null,
    tokens,
    byId: new Map(here.map((asset) => [asset.id, asset])),
  };
}

/** keccak256 of a contract's code at the head, to list a token with. Throws OutsideError. */
export async function readCodeHash(chain: Chain, contract: Hex): Promise<Hex> {
  const head = await chain.head();
  return keccak256(await chain.code(contract, head.number)) as Hex;
}
