import { ActionIcon, Button, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { Icon } from './icon.tsx';
import { useKitWords } from './kit-words.ts';
import { useLocale } from './locale.tsx';

/** Light or dark, English or Chinese: each remembered by the browser. */
export function PreferenceButtons() {
  const words = useKitWords();
  const { locale, setLocale } = useLocale();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'dark' ? 'light' : 'dark';
  const label = other === 'dark' ? words.toDark : words.toLight;
  return (
    <div className="row preference-buttons">
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        aria-label={words.languageLabel}
        onClick={() => setLocale(locale === 'en' ? 'zh' : 'en')}
      >
        {words.language}
      </Button>
      <Tooltip label={label} withArrow openDelay={200}>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={() => setColorScheme(other)}>
          <Icon name={other === 'dark' ? 'moon' : 'sun'} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
