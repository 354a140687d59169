import { ApiProblem, useLocale } from '../../ui-kit/index.ts';
import { en, type Words } from './en.ts';
import { zh } from './zh.ts';

export type { Words };

export function useWords(): Words {
  return useLocale().locale === 'zh' ? zh : en;
}

/** What can be done about a failure: our words, else the server's; null where nothing failed. */
export function problemText(words: Words, error: unknown): string | null {
  if (error === null || error === undefined) return null;
  if (error instanceof ApiProblem) return words.problems[error.code] ?? error.message;
  return error instanceof Error ? error.message : 'unknown';
}
