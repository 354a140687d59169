import type { AdapterDescription } from '../adapter.ts';

/** One message to one person on one channel, already rendered. */
export interface ChannelMessage {
  /** Stable over retries: hash of (alert, recipient, channel, step). Receivers drop what they have seen. */
  readonly deliveryId: string;
  /** An e-mail address, a phone number, an account id for in-app. */
  readonly recipient: string;
  readonly locale: 'en' | 'zh';
  readonly subject: string;
  readonly text: string;
  readonly severity: 'info' | 'low' | 'medium' | 'high' | 'critical';
  /** Structured copy for machines (in-app screens, webhooks). */
  readonly payload: Readonly<Record<string, unknown>>;
}

export type DeliveryResult =
  | { readonly ok: true; readonly receipt: string }
  | { readonly ok: false; readonly error: 'permanent' | 'throttled' | 'unknown'; readonly reason: string };

/** A way to reach a person. Never throws for a failed delivery: the answer says whether trying again makes sense. */
export interface Channel {
  readonly description: AdapterDescription;
  readonly name: 'in_app' | 'outbox_on_disk' | 'email' | 'sms' | 'voice' | 'web_push' | 'webhook';
  deliver(message: ChannelMessage): Promise<DeliveryResult>;
  close(): Promise<void>;
}
