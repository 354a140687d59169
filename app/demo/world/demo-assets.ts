import { writeFile } from 'node:fs/promises';
import { getAddress } from 'ethers';
import { stringify } from 'yaml';
import { DEVELOPMENT_MNEMONIC } from '../../../platform/chain/index.ts';
import { assetIdOf, type ListedAsset } from '../../config/read-assets.ts';
import { type Address, connectSender, type DevelopmentSender } from '../contracts/index.ts';

/** One asset of the demo world: the coin, or a token that was really deployed. */
export interface DemoAsset {
  readonly listed: ListedAsset;
  /** The contract's name in `contracts/`; null for the coin. */
  readonly contractName: string | null;
  readonly usdCents: bigint;
}

export interface DemoAssets {
  readonly ether: DemoAsset;
  /** A token that behaves. */
  readonly dollar: DemoAsset;
  /** An old token that answers false where others revert. */
  readonly oldDollar: DemoAsset;
}

/** What the two tokens are called; a look-alike copies it. */
export const DOLLAR = { name: 'Harbour Dollar', symbol: 'HUSD', decimals: 6 } as const;
const OLD_DOLLAR = { name: 'Anchor Dollar', symbol: 'ANCD', decimals: 6 } as const;
const SUPPLY = 10n ** 15n;
/** A made-up price: the demo measures with it, nobody is paid by it. */
const ETHER_USD_CENTS = 250_000n;

function listToken(chainId: number, contract: string, { symbol, decimals }: { symbol: string; decimals: number }): ListedAsset {
  const unit = 10n ** BigInt(decimals);
  return {
    id: assetIdOf(chainId, contract),
    symbol,
    decimals,
    chainId,
    contract,
    depositMin: unit,
    feeOnTransfer: false,
    withdrawalMin: unit,
    transferMax: 10_000n * unit,
    signPerTransactionMax: 1_000_000n * unit,
    signPerHourMax: 10_000_000n * unit,
  };
}

/** Development account `index` of anvil: 1 pays people and deploys the listed tokens, 2 is the attackers'. */
export function connectAccount(url: string, chainId: number, index: number): Promise<DevelopmentSender> {
  return connectSender({ url, chainId, mnemonic: DEVELOPMENT_MNEMONIC, index, pollMs: 250 });
}

/** Deploys the tokens, writes the price file that the engine will read, and gives what to list. */
export async function deployDemoAssets(place: {
  readonly honest: DevelopmentSender;
  readonly ether: ListedAsset;
  readonly pricesFile: string;
}): Promise<DemoAssets> {
  const { honest, ether } = place;
  const deploy = (contract: string, { name, symbol, decimals }: typeof DOLLAR | typeof OLD_DOLLAR): Promise<Address> =>
    honest.deploy(contract, name, symbol, decimals, SUPPLY);
  const dollarAt = await deploy('PlainToken', DOLLAR);
  const oldDollarAt = await deploy('SilentFalseToken', OLD_DOLLAR);
  const assets: DemoAssets = {
    ether: { listed: ether, contractName: null, usdCents: ETHER_USD_CENTS },
    dollar: { listed: listToken(ether.chainId, getAddress(dollarAt), DOLLAR), contractName: 'PlainToken', usdCents: 100n },
    oldDollar: {
      listed: listToken(ether.chainId, getAddress(oldDollarAt), OLD_DOLLAR),
      contractName: 'SilentFalseToken',
      usdCents: 100n,
    },
  };
  const prices = Object.values(assets).map(({ listed, usdCents }: DemoAsset) => [
    listed.id,
    { decimals: listed.decimals, usd: (Number(usdCents) / 100).toString() },
  ]);
  const file = { as_of: 'the demo world', owner: 'the demo world', assets: Object.fromEntries(prices) };
  await writeFile(place.pricesFile, stringify(file));
  return assets;
}

/** US dollars as minor units of the asset, rounded down. */
export function minorOf(asset: DemoAsset, usd: number): bigint {
  return (BigInt(Math.round(usd * 100)) * 10n ** BigInt(asset.listed.decimals)) / asset.usdCents;
}

/** Minor units as US dollars. */
export function usdOf(asset: DemoAsset, minor: bigint): number {
  return Number((minor * asset.usdCents) / 10n ** BigInt(asset.listed.decimals)) / 100;
}
