import { readFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { type AssetId, MINOR_PATTERN, OutsideError } from '../../core/index.ts';

/** One asset the wallet deals in, as an operator lists it. Amounts are minor units. */
export interface ListedAsset {
  readonly id: AssetId;
  readonly symbol: string;
  readonly decimals: number;
  readonly chainId: number;
  /** EIP-55; null for the chain's native coin. */
  readonly contract: string | null;
  readonly depositMin: bigint;
  readonly feeOnTransfer: boolean;
  readonly withdrawalMin: bigint;
  readonly transferMax: bigint;
  /** Ceilings that the signer enforces by itself. */
  readonly signPerTransactionMax: bigint;
  readonly signPerHourMax: bigint;
}

const Amount = Type.String({ pattern: MINOR_PATTERN });
const AssetFile = Compile(
  Type.Object(
    {
      assets: Type.Array(
        Type.Object(
          {
            symbol: Type.String({ pattern: '^[A-Za-z0-9.]{1,16}$' }),
            decimals: Type.Integer({ minimum: 0, maximum: 36 }),
            chain_id: Type.Integer({ minimum: 1 }),
            contract: Type.Union([Type.Null(), Type.String({ pattern: '^0x[0-9a-fA-F]{40}$' })]),
            deposit_min: Amount,
            fee_on_transfer: Type.Optional(Type.Boolean()),
            withdrawal_min: Amount,
            transfer_max: Amount,
            sign_per_transaction_max: Amount,
            sign_per_hour_max: Amount,
          },
          { additionalProperties: false },
        ),
        { maxItems: 1_000 },
      ),
    },
    { additionalProperties: false },
  ),
);

/** CAIP-19: slip44:60 is ether and what takes its place on other EVM chains. */
export function assetIdOf(chainId: number, contract: string | null): AssetId {
  return (contract === null ? `eip155:${chainId}/slip44:60` : `eip155:${chainId}/erc20:${contract}`) as AssetId;
}

const ETHER = 10n ** 18n;

/** What is listed without a file: the native coin of the chain, with limits that suit a trial. */
export function nativeAsset(chainId: number): ListedAsset {
  return {
    id: assetIdOf(chainId, null),
    symbol: 'ETH',
    decimals: 18,
    chainId,
    contract: null,
    depositMin: ETHER / 1_000n,
    feeOnTransfer: false,
    withdrawalMin: ETHER / 1_000n,
    transferMax: 5n * ETHER,
    signPerTransactionMax: 100n * ETHER,
    signPerHourMax: 500n * ETHER,
  };
}

/** Reads the asset list (`BULWARK_ASSETS`, YAML). Throws OutsideError `assets_invalid` that says where. */
export async function readAssets(file: string): Promise<ListedAsset[]> {
  let parsed: unknown;
  try {
    parsed = parse(await readFile(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OutsideError('assets_invalid', `${file} cannot be read: ${why}`, { retryable: false, cause: error });
  }
  if (!AssetFile.Check(parsed)) {
    const [first] = AssetFile.Errors(parsed);
    throw new OutsideError('assets_invalid', `${file}${first?.instancePath ?? ''} ${first?.message ?? ''}`, { retryable: false });
  }
  return parsed.assets.map((asset) => ({
    id: assetIdOf(asset.chain_id, asset.contract),
    symbol: asset.symbol,
    decimals: asset.decimals,
    chainId: asset.chain_id,
    contract: asset.contract,
    depositMin: BigInt(asset.deposit_min),
    feeOnTransfer: asset.fee_on_transfer ?? false,
    withdrawalMin: BigInt(asset.withdrawal_min),
    transferMax: BigInt(asset.transfer_max),
    signPerTransactionMax: BigInt(asset.sign_per_transaction_max),
    signPerHourMax: BigInt(asset.sign_per_hour_max),
  }));
}
