import { Compile } from 'typebox/compile';
import { Type } from 'typebox';
import { type ClientInfo, MINUTE_MS, type Redacted, refuse, type Result, succeed } from '../../core/index.ts';
import type { Hex } from '../../platform/chain/port.ts';
import type { Claims } from './claims.ts';
import type { DepositContext, WatchedChain } from './context.ts';
import { checkFreshness, isAuthentic, type WebhookHeaders } from './provider-signature.ts';

/** A third party that tells us of payments. Its keys check its signature, and buy it nothing more. */
export interface DepositProvider {
  /** Lower-case name in the URL. */
  readonly name: string;
  /** Current key first; a second one while it is rotated. `parseWebhookKey` reads them. */
  readonly keys: readonly Redacted<Buffer>[];
}

/** Rejections told to the stream per provider, reason and address in a minute: enough to see an attack. */
const REJECTIONS_PER_MINUTE = 10;
/** All rejections of one provider told in a minute: a flood of forgeries from everywhere must not drown the stream. */
const REJECTIONS_PER_PROVIDER_AND_MINUTE = 200;

/** Amounts, users and states a provider sends are not read (F04): what is left is where to look. */
const Payload = Compile(
  Type.Object({
    data: Type.Object({
      chain_id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
      tx_hash: Type.String({ pattern: '^0x[0-9a-fA-F]{64}$' }),
    }),
  }),
);

export type CallbackAnswer = { readonly result: 'accepted' | 'duplicate' };
export type CallbackRefusal =
  | 'provider_unknown'
  | 'signature_invalid'
  | 'webhook_expired'
  | 'payload_malformed'
  | 'chain_unknown';

export interface ProviderCallbacks {
  receive(
    provider: string,
    headers: WebhookHeaders,
    body: Buffer,
    client: ClientInfo,
  ): Promise<Result<CallbackAnswer, CallbackRefusal>>;
}

function parsePayload(body: Buffer): { chainId: number; txHash: Hex } | null {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    if (!Payload.Check(json)) return null;
    return { chainId: json.data.chain_id, txHash: json.data.tx_hash.toLowerCase() as Hex };
  } catch {
    return null;
  }
}

/** A new minute starts afresh. Each address and reason has its own part, so that one flood does not hide another attack. */
function rejectionBudget(context: DepositContext): (provider: string, reason: string, ip: string) => boolean {
  const used = new Map<string, number>();
  let minute = 0;
  return (provider, reason, ip) => {
    const now = Math.floor(context.clock.now() / MINUTE_MS);
    if (now !== minute) used.clear();
    minute = now;
    const own = JSON.stringify([provider, reason, ip]);
    const [ownCount, allCount] = [used.get(own) ?? 0, used.get(provider) ?? 0];
    if (ownCount >= REJECTIONS_PER_MINUTE || allCount >= REJECTIONS_PER_PROVIDER_AND_MINUTE) return false;
    used.set(own, ownCount + 1).set(provider, allCount + 1);
    return true;
  };
}

/** A callback is a hint where to look, whoever signed it: it makes a claim of the provider's, and the chain decides. */
export function createProviderCallbacks(
  context: DepositContext,
  chains: ReadonlyMap<number, WatchedChain>,
  claims: Claims,
  providers: readonly DepositProvider[],
): ProviderCallbacks {
  const byName = new Map(providers.map((provider) => [provider.name, provider]));
  const withinBudget = rejectionBudget(context);

  async function tellRejected(
    provider: string,
    reason: 'bad_signature' | 'expired' | 'replayed',
    client: ClientInfo,
  ): Promise<void> {
    if (!withinBudget(provider, reason, client.ip)) return;
    const end = { ip: client.ip, user_agent: client.userAgent.slice(0, 256), device_id: null, session_id: null };
    const data = { reason, door: 'provider.callback', detail: provider, client: end };
    await context.sql.transaction((tx) =>
      context.outbox.append(tx, { type: 'wallet.request.rejected', subject: `provider:${provider}`, data }),
    );
  }

  /** Answered like the first, so that an honest repetition ends; told to the stream, so that a replay is seen (F02). */
  async function duplicate(provider: string, client: ClientInfo): Promise<Result<CallbackAnswer, CallbackRefusal>> {
    await tellRejected(provider, 'replayed', client);
    return succeed({ result: 'duplicate' });
  }

  async function isKnown(provider: string, eventId: string): Promise<boolean> {
    const rows = await context.sql.query('select 1 from deposits.provider_event where provider = $1 and event_id = $2', [
      provider,
      eventId,
    ]);
    return rows.length > 0;
  }

  /** The id is claimed in the transaction of its effect: two deliveries at once, on two instances, make one claim. */
  async function claimOnce(provider: string, eventId: string, chainId: number, txHash: Hex): Promise<boolean> {
    return context.sql.transaction(async (tx) => {
      const taken = await tx.query(
        'insert into deposits.provider_event (provider, event_id, received_at) values ($1, $2, $3) on conflict do nothing returning event_id',
        [provider, eventId, new Date(context.clock.now())],
      );
      if (taken.length === 0) return false;
      await claims.record(tx, { claimant: `provider:${provider}`, id: eventId, chainId, txHash });
      return true;
    });
  }

  return {
    async receive(name, headers, body, client) {
      const provider = byName.get(name);
      if (provider === undefined) return refuse('provider_unknown', 'no provider of this name is configured');
      if (!isAuthentic(provider.keys, headers, body)) {
        await tellRejected(name, 'bad_signature', client);
        return refuse('signature_invalid', 'the signature does not match the bytes of the body');
      }
      if (await isKnown(name, headers.id)) return duplicate(name, client);
      const fresh = checkFreshness(headers, context.clock.now());
      if (!fresh.ok) {
        await tellRejected(name, 'expired', client);
        return fresh;
      }
      const payload = parsePayload(body);
      if (payload === null)
        return refuse('payload_malformed', 'data.chain_id (a number) and data.tx_hash (0x and 64 hex digits) are needed');
      if (!chains.has(payload.chainId))
        return refuse('chain_unknown', `chain ${payload.chainId} is not one that deposits are taken on`);
      if (!(await claimOnce(name, headers.id, payload.chainId, payload.txHash))) return duplicate(name, client);
      const claim = await claims.find(`provider:${name}`, headers.id);
      if (claim !== null) await claims.judge(claim);
      return succeed({ result: 'accepted' });
    },
  };
}
