import { signWebhook } from '../../../wallet-core/deposits/index.ts';
import type { Draw } from './draw.ts';
import type { NetworkEnd } from './network.ts';
import type { World } from './world.ts';

/** A callback as it goes over the wire. */
export interface Callback {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the provider says of a payment, signed in the manner of Standard Webhooks. `key` only for forgeries. */
export function signCallback(world: World, draw: Draw, txHash: string, key = world.provider.key): Callback {
  const id = `evt_${draw.hex(8)}`;
  const timestamp = Math.floor(Date.now() / 1_000).toString();
  const body = JSON.stringify({
    type: 'payment.received',
    data: { chain_id: world.assets.ether.listed.chainId, tx_hash: txHash },
  });
  const signature = signWebhook(key, { id, timestamp }, Buffer.from(body));
  return {
    headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature },
    body,
  };
}

/** Delivers a callback from somewhere. */
export async function deliverCallback(world: World, from: NetworkEnd, callback: Callback): Promise<number> {
  const response = await fetch(`${world.app.publicUrl}/v1/providers/${world.provider.name}/callbacks`, {
    method: 'POST',
    headers: {
      ...callback.headers,
      'content-type': 'application/json',
      'user-agent': from.userAgent,
      'x-forwarded-for': from.ip,
    },
    body: callback.body,
  });
  await response.arrayBuffer();
  return response.status;
}

/** The provider itself announces a payment. */
export async function announce(world: World, draw: Draw, txHash: string): Promise<Callback> {
  const callback = signCallback(world, draw, txHash);
  await deliverCallback(world, world.provider.network, callback);
  return callback;
}
