import { Button, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';
import { useKitWords } from './kit-words.ts';
import { ApiProblem } from './problem.ts';

export type Tone = 'allow' | 'challenge' | 'hold' | 'deny' | 'freeze' | 'accent' | 'plain';

/** A short state in words with a colour that repeats them. */
export function Pill({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return <span className={tone === 'plain' ? 'pill' : `pill tone-${tone}`}>{children}</span>;
}

export function Notice(props: {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly children: ReactNode;
  readonly alert?: boolean;
}) {
  const { tone, icon, children, alert = false } = props;
  return (
    <div className={`notice ${tone === 'plain' ? 'notice-plain' : `tone-${tone}`}`} role={alert ? 'alert' : undefined}>
      <Icon name={icon} />
      <div className="grow">{children}</div>
    </div>
  );
}

export function EmptyState(props: { readonly icon: IconName; readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={props.icon} />
      <strong>{props.title}</strong>
      {props.children}
    </div>
  );
}

/** What went wrong, and what to do about it. */
export function ErrorState({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const words = useKitWords();
  const unreachable = error instanceof ApiProblem && error.status === 0;
  return (
    <div className="empty" role="alert">
      <Icon name="warning" />
      <strong>{words.couldNotLoad}</strong>
      <p>{unreachable ? words.unreachable : error instanceof Error ? error.message : ''}</p>
      {onRetry !== undefined && (
        <Button variant="default" size="sm" onClick={onRetry}>
          {words.tryAgain}
        </Button>
      )}
    </div>
  );
}

export function LoadingRows({ rows = 4 }: { readonly rows?: number }) {
  const words = useKitWords();
  return (
    <div className="stack loading-rows" role="status" aria-label={words.loading}>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={18} width={`${92 - ((index * 17) % 40)}%`} radius="sm" />
      ))}
    </div>
  );
}

interface Loadable<Value> {
  readonly data: Value | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** Skeleton, error or content of a query; content that is there stays while a later refresh fails. */
export function Loaded<Value>(props: {
  readonly query: Loadable<Value>;
  readonly rows?: number;
  readonly children: (value: Value) => ReactNode;
}) {
  const { query, rows = 4, children } = props;
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null && query.error !== undefined)
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return <LoadingRows rows={rows} />;
}
