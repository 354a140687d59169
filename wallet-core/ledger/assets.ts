import { getAddress } from 'ethers';
import { type AssetId, refuse, type Result, succeed } from '../../core/index.ts';
import type { SqlExecutor } from '../../platform/sql/port.ts';
import type { RegisteredAsset } from './transfer.ts';

export type AssetRefusal = 'asset_id_malformed' | 'asset_exists_otherwise';

function expectedId(asset: RegisteredAsset): string | null {
  if (asset.chainId === null) return /^iso4217:[A-Z]{3}$/.test(asset.id) && asset.contract === null ? asset.id : null;
  if (asset.contract === null) return `eip155:${asset.chainId}/slip44:60`;
  try {
    return `eip155:${asset.chainId}/erc20:${getAddress(asset.contract)}`;
  } catch {
    return null;
  }
}

/** Registers an asset, once: the same again is fine, a change of decimals or contract would rewrite everybody's balances. */
export async function registerAsset(executor: SqlExecutor, asset: RegisteredAsset): Promise<Result<void, AssetRefusal>> {
  if (expectedId(asset) !== asset.id) {
    return refuse('asset_id_malformed', 'the CAIP-19 id must name the chain and the EIP-55 contract of the asset');
  }
  await executor.query(
    `insert into ledger.asset (id, symbol, decimals, chain_id, contract) values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [asset.id, asset.symbol, asset.decimals, asset.chainId, asset.contract],
  );
  const stored = (await readAssets(executor)).find((each) => each.id === asset.id);
  if (stored?.decimals === asset.decimals && stored.symbol === asset.symbol) return succeed(undefined);
  return refuse('asset_exists_otherwise', 'the asset is registered with another symbol or other decimals');
}

/** Every registered asset, by id. */
export async function readAssets(executor: SqlExecutor): Promise<RegisteredAsset[]> {
  const rows = await executor.query<{
    id: string;
    symbol: string;
    decimals: number;
    chain_id: bigint | null;
    contract: string | null;
  }>('select id, symbol, decimals, chain_id, contract from ledger.asset order by id');
  return rows.map((row) => ({
    id: row.id as AssetId,
    symbol: row.symbol,
    decimals: row.decimals,
    chainId: row.chain_id === null ? null : Number(row.chain_id),
    contract: row.contract,
  }));
}
