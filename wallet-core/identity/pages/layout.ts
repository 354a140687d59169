import { createHash } from 'node:crypto';
import type { Locale } from '../deps.ts';
import { TEXTS } from './texts.ts';

const CSS = `:root{color-scheme:light dark;--ink:#1b2225;--soft:#586267;--line:#dedad2;--paper:#fff;--back:#f4f2ee;--brand:#0b6871;--bad:#ac2117;--badback:#fce6e3}
@media (prefers-color-scheme:dark){:root{--ink:#e6ebeb;--soft:#a0acb0;--line:#324044;--paper:#161d1f;--back:#0e1314;--brand:#76c1c6;--bad:#ff9a90;--badback:#3d1512}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI","PingFang SC","Microsoft YaHei",sans-serif}
main{width:min(26rem,100% - 2rem);background:var(--paper);border:1px solid var(--line);border-radius:16px;padding:2rem;margin:2rem 0}
.brand{display:flex;align-items:center;gap:.5rem;font-weight:700;letter-spacing:.01em;color:var(--soft);margin:0 0 1.5rem}
.brand::before{content:"";width:1.35rem;height:1.25rem;background:var(--brand);clip-path:polygon(50% 0,67% 16%,92% 16%,92% 45%,100% 64%,80% 80%,68% 100%,32% 100%,20% 80%,0 64%,8% 45%,8% 16%,33% 16%)}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem}p{margin:0 0 1rem;color:var(--soft)}
label{display:block;font-weight:600;margin:1rem 0 .35rem}input{width:100%;font:inherit;padding:.7rem .8rem;border:1px solid var(--line);border-radius:10px;background:transparent;color:inherit}
input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--brand);outline-offset:2px}
input[inputmode=numeric]{font-size:1.4rem;letter-spacing:.3em;text-align:center}
button,.button{display:block;width:100%;margin-top:1.5rem;padding:.8rem;border:0;border-radius:10px;background:var(--brand);color:var(--paper);font:inherit;font-weight:700;text-align:center;text-decoration:none;cursor:pointer}
a{color:var(--brand)}.problem{background:var(--badback);color:var(--bad);border-radius:10px;padding:.75rem 1rem}.hint{font-size:.875rem;margin:.35rem 0 0}.foot{margin:1.5rem 0 0;font-size:.9rem}`;

const CSS_HASH = createHash('sha256').update(CSS).digest('base64');

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

export interface Page {
  readonly html: string;
  /** Content-Security-Policy: our style and forms, no script at all. */
  readonly policy: string;
}

/** A whole page; it works without JavaScript and sends none. `body` is HTML, everything else is escaped here. */
export function renderPage(page: {
  readonly locale: Locale;
  readonly title: string;
  readonly lead?: string;
  readonly problem?: string | undefined;
  readonly body: string;
  /** Origins a form's answer may redirect to, besides our own (browsers apply form-action to redirects too). */
  readonly redirectOrigins?: readonly string[];
}): Page {
  const brand = TEXTS[page.locale].brand;
  const lead = page.lead === undefined ? '' : `<p>${escapeHtml(page.lead)}</p>`;
  const problem = page.problem === undefined ? '' : `<p class="problem" role="alert">${escapeHtml(page.problem)}</p>`;
  const html = `<!doctype html><html lang="${page.locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(page.title)} · ${brand}</title><style>${CSS}</style></head><body><main><p class="brand">${brand}</p><h1>${escapeHtml(page.title)}</h1>${lead}${problem}${page.body}</main></body></html>`;
  const formAction = ["'self'", ...(page.redirectOrigins ?? [])].join(' ');
  return {
    html,
    policy: `default-src 'none'; style-src 'sha256-${CSS_HASH}'; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
  };
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: 'email' | 'password' | 'text' | 'code';
  readonly autocomplete: string;
  readonly hint?: string;
  readonly value?: string | undefined;
}

function renderField(field: Field): string {
  const kind =
    field.type === 'code'
      ? 'type="text" inputmode="numeric" pattern="[0-9]{6}" maxlength="6"'
      : `type="${field.type}" maxlength="254"`;
  const hint = field.hint === undefined ? '' : `<p class="hint" id="${field.name}-hint">${escapeHtml(field.hint)}</p>`;
  const described = field.hint === undefined ? '' : ` aria-describedby="${field.name}-hint"`;
  const value = field.value === undefined ? '' : ` value="${escapeHtml(field.value)}"`;
  return `<label for="${field.name}">${escapeHtml(field.label)}</label><input id="${field.name}" name="${field.name}" ${kind} autocomplete="${field.autocomplete}"${described}${value} required>${hint}`;
}

/** A form that posts to `action`, with the CSRF token and other hidden values in it. */
export function renderForm(form: {
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
  readonly fields: readonly Field[];
  readonly submit: string;
}): string {
  const hidden = Object.entries(form.hidden)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('');
  return `<form method="post" action="${escapeHtml(form.action)}">${hidden}${form.fields.map(renderField).join('')}<button type="submit">${escapeHtml(form.submit)}</button></form>`;
}
