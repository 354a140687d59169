import { createContext, type ReactNode, use, useEffect, useState } from 'react';

export type Locale = 'en' | 'zh';

interface LocaleChoice {
  readonly locale: Locale;
  readonly setLocale: (locale: Locale) => void;
}

const KEY = 'bulwark.locale';
const LocaleContext = createContext<LocaleChoice>({ locale: 'en', setLocale: () => undefined });

/** What was chosen before, else what the browser prefers. */
function firstLocale(): Locale {
  const stored = localStorage.getItem(KEY);
  if (stored === 'en' || stored === 'zh') return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function LocaleProvider({ children }: { readonly children: ReactNode }) {
  const [locale, setLocale] = useState<Locale>(firstLocale);
  useEffect(() => {
    document.documentElement.lang = locale === 'zh' ? 'zh-Hans' : 'en';
    localStorage.setItem(KEY, locale);
  }, [locale]);
  return <LocaleContext value={{ locale, setLocale }}>{children}</LocaleContext>;
}

export function useLocale(): LocaleChoice {
  return use(LocaleContext);
}
