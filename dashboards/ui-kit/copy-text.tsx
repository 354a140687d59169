import { ActionIcon, Tooltip } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { Icon } from './icon.tsx';
import { useKitWords } from './kit-words.ts';

/** A value people carry elsewhere, with a button that copies the whole of it even where only a part is shown. */
export function CopyText({ value, shown }: { readonly value: string; readonly shown?: string }) {
  const words = useKitWords();
  const clipboard = useClipboard({ timeout: 1_500 });
  const label = clipboard.copied ? words.copied : words.copy;
  return (
    <span className="copyable">
      <span className="mono wrap-anywhere" title={shown === undefined ? undefined : value}>
        {shown ?? value}
      </span>
      <Tooltip label={label} withArrow openDelay={200}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={`${label}: ${shown ?? value}`}
          onClick={() => clipboard.copy(value)}
        >
          <Icon name={clipboard.copied ? 'check' : 'copy'} />
        </ActionIcon>
      </Tooltip>
    </span>
  );
}
