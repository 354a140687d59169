import type { Random } from '../../core/index.ts';
import type { Channel, DeliveryResult } from '../../platform/channels/index.ts';
import type { Sql } from '../../platform/sql/port.ts';
import { mintAnswerToken } from '../answers/questions.ts';
import { ALERT_LIMITS } from '../limits.ts';
import type { ClaimedDelivery } from './delivery-store.ts';
import { type Addressee, messageOf } from './message.ts';
import type { AssetLookup } from './render.ts';

/** How to reach the owner of an account; null when there is no such account. */
export interface AccountDirectory {
  contactOf(accountId: string): Promise<{ readonly email: string; readonly locale: 'en' | 'zh' } | null>;
}

export interface AttemptDeps {
  readonly sql: Sql;
  readonly random: Random;
  readonly channels: { readonly in_app: Channel; readonly mail: Channel };
  readonly directory: AccountDirectory;
  readonly assetOf: AssetLookup;
  /** Origin under which people reach the answer page, without a slash at the end. */
  readonly publicUrl: string;
  readonly onProblem: (problem: unknown) => void;
}

/** Writes and sends the message of one delivery. Whatever goes wrong comes back as a result. */
export function createAttempt(deps: AttemptDeps): (delivery: ClaimedDelivery) => Promise<DeliveryResult> {
  /** The address is looked up at each try and never stored here. */
  async function addresseeOf(delivery: ClaimedDelivery): Promise<Addressee | null> {
    if (delivery.audience === 'staff') return { recipient: delivery.recipient, locale: 'en' };
    const contact = await deps.directory.contactOf(delivery.account_id);
    if (contact === null) return null;
    return { recipient: delivery.channel === 'mail' ? contact.email : delivery.recipient, locale: contact.locale };
  }

  /** Only the hash of a link is kept, so each try carries a link of its own; all lead to the one question. */
  async function answerUrlOf(delivery: ClaimedDelivery): Promise<string | null> {
    if (delivery.channel !== 'mail' || delivery.answer_until === null) return null;
    const token = await mintAnswerToken(deps.sql, deps.random, delivery.alert_id);
    return `${deps.publicUrl}/answers/${token.reveal()}`;
  }

  async function sendInTime(delivery: ClaimedDelivery, addressee: Addressee): Promise<DeliveryResult> {
    const message = messageOf(delivery, addressee, deps.assetOf, await answerUrlOf(delivery));
    const late = Promise.withResolvers<DeliveryResult>();
    const timer = setTimeout(() => late.resolve({ ok: false, error: 'unknown', reason: 'timed_out' }), ALERT_LIMITS.deliverMs);
    try {
      return await Promise.race([deps.channels[delivery.channel].deliver(message), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  return async (delivery) => {
    // A message that kills its worker at each try never gets to record a failure; its claims are counted all the same.
    if (delivery.attempts > ALERT_LIMITS.attemptsMax) return { ok: false, error: 'permanent', reason: 'tries_used_up' };
    try {
      const addressee = await addresseeOf(delivery);
      if (addressee === null) return { ok: false, error: 'permanent', reason: 'recipient_unknown' };
      return await sendInTime(delivery, addressee);
    } catch (error) {
      deps.onProblem(error);
      return { ok: false, error: 'unknown', reason: 'attempt_failed' };
    }
  };
}
