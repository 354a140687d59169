import type { ChannelMessage } from '../../platform/channels/index.ts';
import type { ClaimedDelivery } from './delivery-store.ts';
import { type AssetLookup, formatMessage, formatTime, renderAlert, wordsOf } from './render.ts';
import type { Locale } from './templates/template.ts';

/** Where a message goes and in which language. */
export interface Addressee {
  readonly recipient: string;
  readonly locale: Locale;
}

function questionText(locale: Locale, url: string, until: Date): string[] {
  const words = wordsOf(locale);
  return [
    words.question,
    `[${words.yes}] [${words.no}]`,
    `${formatMessage(locale, words.answerAt, { until: formatTime(locale, until.toISOString()) })}\n${url}`,
    words.consequence,
  ];
}

/** The message of a delivery. `answerUrl` is the page of the one-time link, for channels that carry links. */
export function messageOf(
  delivery: ClaimedDelivery,
  addressee: Addressee,
  assetOf: AssetLookup,
  answerUrl: string | null,
): ChannelMessage {
  const { locale, recipient } = addressee;
  const alert = {
    template: delivery.template,
    details: delivery.details,
    accountId: delivery.account_id,
    occurrences: delivery.occurrences,
  };
  const { title, body } = renderAlert(alert, locale, assetOf);
  const asks = delivery.answer_until !== null;
  const paragraphs = [body];
  if (delivery.answer_until !== null && answerUrl !== null)
    paragraphs.push(...questionText(locale, answerUrl, delivery.answer_until));
  if (delivery.channel === 'mail') paragraphs.push(wordsOf(locale).footer);
  const payload: Record<string, unknown> = {
    alert_id: delivery.alert_id,
    template: delivery.template,
    account_id: delivery.account_id,
    event_id: delivery.event_id,
    occurrences: delivery.occurrences,
    actions: asks ? [{ kind: 'answer', answers: ['yes', 'no'], until: delivery.answer_until?.toISOString() }] : [],
  };
  return {
    deliveryId: delivery.id,
    recipient,
    locale,
    subject: title,
    text: paragraphs.join('\n\n'),
    severity: delivery.severity,
    payload,
  };
}
