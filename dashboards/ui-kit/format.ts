import type { Locale } from './locale.tsx';

const TAG: Readonly<Record<Locale, string>> = { en: 'en-GB', zh: 'zh-CN' };

/** Date and time in the reader's own zone. */
export function formatTime(iso: string, locale: Locale): string {
  return new Date(iso).toLocaleString(TAG[locale], { dateStyle: 'medium', timeStyle: 'short' });
}

/** The same to the second, for those who put events in order. */
export function formatSecond(iso: string, locale: Locale): string {
  return new Date(iso).toLocaleString(TAG[locale], { dateStyle: 'medium', timeStyle: 'medium' });
}

/** Hours, minutes and seconds. */
export function formatClock(iso: string, locale: Locale): string {
  return new Date(iso).toLocaleTimeString(TAG[locale], { hour12: false });
}

const STEPS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** "3 minutes ago", "in 2 hours". */
export function formatRelative(iso: string, locale: Locale, nowMs: number = Date.now()): string {
  const seconds = Math.round((Date.parse(iso) - nowMs) / 1_000);
  const [unit, size] = STEPS.find((step) => Math.abs(seconds) >= step[1]) ?? STEPS[3];
  return new Intl.RelativeTimeFormat(TAG[locale], { numeric: 'auto' }).format(Math.trunc(seconds / size), unit);
}

/** First and last characters of a long hash or address; enough to tell two apart at a glance, never enough to pay to. */
export function shorten(text: string, head = 8, tail = 6): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}

/** "Chrome on Windows" from a User-Agent header; the header itself where nothing is recognised. */
export function describeUserAgent(agent: string): string {
  const browser =
    /Edg\//.exec(agent) !== null
      ? 'Edge'
      : (/(Firefox|Chrome|Safari)\//.exec(agent.replace('HeadlessChrome', 'Chrome'))?.[1] ?? null);
  const system = [
    ['Android', /Android/],
    ['iPhone', /iPhone|iPad/],
    ['Windows', /Windows/],
    ['macOS', /Mac OS X/],
    ['Linux', /Linux/],
  ] as const;
  const found = system.find(([, pattern]) => pattern.test(agent))?.[0];
  if (browser === null || found === undefined) return agent === '' ? '—' : agent;
  return `${browser} · ${found}`;
}
