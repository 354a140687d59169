import { setTimeout as sleep } from 'node:timers/promises';
import type { Redacted } from '../../../core/index.ts';
import { createWalletAgent, type WalletAgent, type WalletAgentOptions } from '../../../wallet-core/identity/agent/index.ts';
import type { RunningBulwark } from '../../run/start-bulwark.ts';
import type { DevelopmentSender } from '../contracts/index.ts';
import type { DemoAsset, DemoAssets } from './demo-assets.ts';
import type { Draw } from './draw.ts';
import type { EventTime } from './event-time.ts';
import type { Mailbox } from './mailbox.ts';
import type { NetworkEnd, Networks } from './network.ts';

/** The payment provider whose callbacks announce some of the deposits. */
export interface DemoProvider {
  readonly name: string;
  readonly key: Redacted<Buffer>;
  readonly network: NetworkEnd;
}

/** A Bulwark that runs, and the world around it: chain accounts, mailboxes, networks, chance. */
export interface World {
  readonly app: RunningBulwark;
  readonly draw: Draw;
  readonly time: EventTime;
  readonly mailbox: Mailbox;
  readonly networks: Networks;
  readonly assets: DemoAssets;
  /** Pays people on the chain. */
  readonly honest: DevelopmentSender;
  /** The attackers' account on the chain. */
  readonly hostile: DevelopmentSender;
  readonly provider: DemoProvider;
  /** A transaction that paid none of the customers. */
  readonly somebodyElsesPayment: string;
}

/** A wallet on a device of its own behind this network end. */
export function createAgentAt(
  world: World,
  network: NetworkEnd,
  options: Pick<WalletAgentOptions, 'device' | 'tokens' | 'secondFactor'> = {},
): Promise<WalletAgent> {
  return createWalletAgent({
    baseUrl: world.app.publicUrl,
    readMailedCode: (email) => world.mailbox.nextCode(email),
    forwardedFor: network.ip,
    userAgent: network.userAgent,
    ...options,
  });
}

/** Pays `minor` units on the chain, mined. */
export function payOnChain(from: DevelopmentSender, asset: DemoAsset, to: string, minor: bigint) {
  const { contract } = asset.listed;
  if (contract === null || asset.contractName === null) return from.pay(to, minor);
  return from.call(asset.contractName, contract as `0x${string}`, 'transfer', [to, minor]);
}

/** Asks until the answer is not null; null when `ms` are over. */
export async function until<Value>(ms: number, look: () => Promise<Value | null>, everyMs = 300): Promise<Value | null> {
  for (const end = Date.now() + ms; ; await sleep(everyMs)) {
    const found = await look();
    if (found !== null || Date.now() > end) return found;
  }
}
