import { IntlMessageFormat } from 'intl-messageformat';
import { type Asset, formatDecimal, parseMinor } from '../../core/index.ts';
import type { AlertDetails, OwnerTemplate, StaffTemplate, TemplateName } from '../alert.ts';
import { OWNER_TEMPLATES } from '../alert.ts';
import { en } from './templates/en.ts';
import type { Locale, Template, Templates } from './templates/template.ts';
import { zh } from './templates/zh.ts';

/** Symbol and digits of an asset, null for one that is not registered. */
export type AssetLookup = (assetId: string) => Asset | null;

export interface RenderedAlert {
  readonly title: string;
  /** The facts and what happens. */
  readonly body: string;
}

const WORDS: Readonly<Record<Locale, Templates>> = { en, zh };
const LANGUAGE: Readonly<Record<Locale, string>> = { en: 'en-GB', zh: 'zh-CN' };
/** Parsing a message costs some 20 µs; there are about a hundred of them in all. */
const parsed = new Map<string, IntlMessageFormat>();

export function wordsOf(locale: Locale): Templates {
  return WORDS[locale];
}

/** Fills one ICU message. */
export function formatMessage(locale: Locale, message: string, values: Readonly<Record<string, string | number>>): string {
  const key = `${locale}|${message}`;
  let format = parsed.get(key);
  if (format === undefined) {
    format = new IntlMessageFormat(message, LANGUAGE[locale]);
    parsed.set(key, format);
  }
  return String(format.format({ ...values }));
}

/** A time with its zone: "21 Nov 2026, 14:02 (UTC)". */
export function formatTime(locale: Locale, at: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return at;
  const text = new Intl.DateTimeFormat(LANGUAGE[locale], {
    day: 'numeric',
    month: locale === 'zh' ? 'long' : 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
  }).format(time);
  return locale === 'zh' ? `${text}（UTC）` : `${text} (UTC)`;
}

function deviceText(locale: Locale, details: AlertDetails): string {
  const words = WORDS[locale];
  const browser = String(details['browser'] ?? '');
  const system = String(details['system'] ?? '');
  if (browser !== '' && system !== '') return formatMessage(locale, words.deviceBoth, { browser, system });
  return browser || system || words.deviceUnknown;
}

function moneyText(details: AlertDetails, assetOf: AssetLookup): string {
  const amount = parseMinor(details['amount']);
  const asset = assetOf(String(details['asset'] ?? ''));
  if (!amount.ok) return '—';
  return asset === null
    ? `${amount.value} × ${String(details['asset'] ?? '?')}`
    : `${formatDecimal(amount.value, asset.decimals)} ${asset.symbol}`;
}

function templateOf(words: Templates, name: TemplateName): Template {
  const owner = OWNER_TEMPLATES as readonly string[];
  return owner.includes(name) ? words.owner[name as OwnerTemplate] : words.staff[name as StaffTemplate];
}

/** An alert in words, in one language. */
export function renderAlert(
  alert: {
    readonly template: TemplateName;
    readonly details: AlertDetails;
    readonly accountId: string;
    readonly occurrences: number;
  },
  locale: Locale,
  assetOf: AssetLookup,
): RenderedAlert {
  const words = WORDS[locale];
  const { details } = alert;
  const values = {
    ...details,
    at: formatTime(locale, String(details['at'] ?? '')),
    device: deviceText(locale, details),
    ip: String(details['ip'] ?? words.somewhere),
    money: moneyText(details, assetOf),
    payee: String(details['payee'] ?? '—'),
    account: alert.accountId,
  };
  const template = templateOf(words, alert.template);
  const title = formatMessage(locale, template.title, values);
  return {
    title: alert.occurrences > 1 ? formatMessage(locale, words.repeated, { title, count: alert.occurrences }) : title,
    body: formatMessage(locale, template.body, values),
  };
}
