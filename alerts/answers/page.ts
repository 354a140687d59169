import { createHash } from 'node:crypto';
import { formatMessage, formatTime, type RenderedAlert, wordsOf } from '../notifications/render.ts';
import type { Locale } from '../notifications/templates/template.ts';
import { PAGE_WORDS } from './words.ts';

const STYLE = `
:root{color-scheme:light dark;--ground:#f4f2ee;--card:#fff;--ink:#1b2225;--soft:#586267;--line:#dedad2;--brand:#0b6871;--danger:#b3261e;--on:#fff}
@media (prefers-color-scheme:dark){:root{--ground:#0e1314;--card:#161d1f;--ink:#e6ebeb;--soft:#a0acb0;--line:#324044;--brand:#76c1c6;--danger:#ff8a80;--on:#0e1314}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--ground);color:var(--ink);font:17px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Microsoft YaHei",sans-serif}
main{width:100%;max-width:30rem;background:var(--card);border:1px solid var(--line);border-radius:16px;padding:32px;box-shadow:0 8px 30px rgb(0 0 0/.08)}
.brand{display:flex;align-items:center;gap:10px;margin:0 0 24px;color:var(--soft);font-size:.9rem;font-weight:600}
.brand svg{width:22px;height:22px;fill:var(--brand)}
h1{margin:0 0 12px;font-size:1.45rem;line-height:1.25;overflow-wrap:anywhere}
p{margin:0 0 16px;overflow-wrap:anywhere}
.question{margin-top:24px;font-size:1.15rem;font-weight:600}
.soft{color:var(--soft);font-size:.92rem}
form{display:grid;gap:12px;margin:0 0 20px}
button{min-height:52px;border-radius:12px;border:2px solid var(--line);padding:10px 18px;background:transparent;color:var(--ink);font:inherit;font-weight:600;cursor:pointer}
button.no{border-color:var(--danger);background:var(--danger);color:var(--on)}
button:focus-visible{outline:3px solid var(--brand);outline-offset:3px}
`.trim();

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
const SHIELD =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2 4 5v6c0 5 3.4 9.7 8 11 4.6-1.3 8-6 8-11V5l-8-3Zm-1.1 14.2-3.6-3.6 1.400-1.400 2.200 2.200 4.600-4.600 1.400 1.400-6 6Z"/></svg>';

/**
 * Headers of every page: nothing is loaded, run or framed; the address, which is the secret, is not passed on, kept or indexed.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
};

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

function frame(locale: Locale, title: string, content: string): string {
  const words = PAGE_WORDS[locale];
  return `<!doctype html>
<html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><title>${escapeHtml(title)} · ${escapeHtml(words.product)}</title><style>${STYLE}</style></head>
<body><main><p class="brand">${SHIELD}${escapeHtml(words.product)}</p><h1>${escapeHtml(title)}</h1>${content}</main></body></html>
`;
}

/** The form posts to the address of the page itself. */
function buttons(locale: Locale, answers: readonly ('yes' | 'no')[]): string {
  const words = wordsOf(locale);
  const all = answers.map(
    (answer) => `<button class="${answer}" name="answer" value="${answer}">${escapeHtml(words[answer])}</button>`,
  );
  return `<form method="post">${all.join('')}</form>`;
}

function paragraph(text: string, style = ''): string {
  return `<p${style === '' ? '' : ` class="${style}"`}>${escapeHtml(text)}</p>`;
}

/** Fact, question, two verbs, what happens. */
export function questionPage(locale: Locale, alert: RenderedAlert, expiresAt: Date): string {
  const words = wordsOf(locale);
  const page = PAGE_WORDS[locale];
  const until = formatMessage(locale, page.until, { until: formatTime(locale, expiresAt.toISOString()) });
  return frame(
    locale,
    alert.title,
    [
      paragraph(alert.body),
      paragraph(words.question, 'question'),
      buttons(locale, ['yes', 'no']),
      paragraph(words.consequence, 'soft'),
      paragraph(page.yesExplained, 'soft'),
      paragraph(until, 'soft'),
      paragraph(words.footer, 'soft'),
    ].join(''),
  );
}

export type NoticeKind = 'yes' | 'no' | 'answered_yes' | 'answered_no' | 'unknown' | 'expired' | 'failed' | 'missing';

/** A page that tells how it went. After a yes the way to lock stays open. */
export function noticePage(locale: Locale, kind: NoticeKind): string {
  const words = PAGE_WORDS[locale];
  const texts: Readonly<Record<NoticeKind, readonly [string, string]>> = {
    yes: [words.yesTitle, words.yesBody],
    no: [words.noTitle, words.noBody],
    answered_yes: [words.answeredYesTitle, words.answeredYesBody],
    answered_no: [words.answeredNoTitle, words.answeredNoBody],
    unknown: [words.unknownTitle, words.goneBody],
    expired: [words.expiredTitle, words.goneBody],
    failed: [words.failedTitle, words.failedBody],
    missing: [words.missingTitle, words.missingBody],
  };
  const [title, body] = texts[kind];
  const mayLock = kind === 'yes' || kind === 'answered_yes';
  const lock = mayLock ? `${buttons(locale, ['no'])}${paragraph(wordsOf(locale).consequence, 'soft')}` : '';
  return frame(locale, title, `${paragraph(body)}${lock}`);
}
