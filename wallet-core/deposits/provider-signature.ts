import { createHmac, timingSafeEqual } from 'node:crypto';
import { MINUTE_MS, Redacted, refuse, type Result, succeed } from '../../core/index.ts';

/** Clocks of two companies differ by seconds; Standard Webhooks suggests five minutes. */
const WINDOW_MS = 5 * MINUTE_MS;

export interface WebhookHeaders {
  /** `webhook-id`: the provider's event id, the same on every delivery of it. */
  readonly id: string;
  /** `webhook-timestamp`: Unix seconds of this delivery. */
  readonly timestamp: string;
  /** `webhook-signature`: `v1,BASE64`, several divided by spaces while a key is rotated. */
  readonly signature: string;
}

/** Reads a `whsec_BASE64` key. Throws TypeError when it is not one, or has fewer than 24 bytes (the least Standard Webhooks allows). */
export function parseWebhookKey(text: string): Redacted<Buffer> {
  const key = Buffer.from(/^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1] ?? '', 'base64');
  if (key.length < 24) throw new TypeError('a provider key is whsec_ and the base64 of at least 24 bytes');
  return new Redacted(key);
}

/** The `v1` signature of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, the body byte for byte as received. */
export function signWebhook(key: Redacted<Buffer>, headers: Pick<WebhookHeaders, 'id' | 'timestamp'>, body: Buffer): string {
  const mac = createHmac('sha256', key.reveal()).update(`${headers.id}.${headers.timestamp}.`).update(body);
  return `v1,${mac.digest('base64')}`;
}

/** Authentic, whenever it was signed. Compares in constant time. */
export function isAuthentic(keys: readonly Redacted<Buffer>[], headers: WebhookHeaders, body: Buffer): boolean {
  // A dot in the id would let bytes move between the parts that are signed.
  if (headers.id.includes('.') || !/^\d{1,12}$/.test(headers.timestamp)) return false;
  const given = headers.signature
    .split(' ')
    .slice(0, 8)
    .map((each) => Buffer.from(each));
  return keys.some((key) => {
    const wanted = Buffer.from(signWebhook(key, headers, body));
    return given.some((each) => each.length === wanted.length && timingSafeEqual(each, wanted));
  });
}

/** Signed within five minutes of now, either way. */
export function checkFreshness(headers: WebhookHeaders, nowMs: number): Result<void, 'webhook_expired'> {
  if (Math.abs(nowMs - Number(headers.timestamp) * 1_000) <= WINDOW_MS) return succeed(undefined);
  return refuse('webhook_expired', 'the callback was signed more than five minutes from now: check the clocks');
}
