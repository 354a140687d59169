import { ApiProblem, useLocale } from '../../ui-kit/index.ts';
import { en, type Words } from './en.ts';
import { zh } from './zh.ts';

export type { Words };

export function useWords(): Words {
  return useLocale().locale === 'zh' ? zh : en;
}

/** What a person can do about a failure; null where nothing failed. */
export function problemText(words: Words, error: unknown): string | null {
  if (error === null || error === undefined) return null;
  return (error instanceof ApiProblem ? words.problems[error.code] : undefined) ?? words.otherProblem;
}
