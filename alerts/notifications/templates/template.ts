import type { OwnerTemplate, StaffTemplate } from '../../alert.ts';

export type Locale = 'en' | 'zh';

/**
 * ICU messages (unicode.org/reports/tr35, MessageFormat 1). Arguments that every text may use: `{at}` time with its zone, `{device}`,
 * `{ip}`, `{money}`, `{payee}`, `{count}`.
 */
export interface Template {
  /** The fact, short enough for a list or a subject line. */
  readonly title: string;
  /** The fact in full, then what happens or happened. */
  readonly body: string;
}

export interface Templates {
  readonly owner: Readonly<Record<OwnerTemplate, Template>>;
  readonly staff: Readonly<Record<StaffTemplate, Template>>;
  /** Follows the title when several joined. */
  readonly repeated: string;
  readonly question: string;
  readonly yes: string;
  readonly no: string;
  readonly consequence: string;
  readonly answerAt: string;
  /** The last line of every message to an owner. */
  readonly footer: string;
  readonly deviceBoth: string;
  readonly deviceUnknown: string;
  readonly somewhere: string;
}
