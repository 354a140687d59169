import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useWords } from './words/use-words.ts';

export function PageHead(props: { readonly title: string; readonly lead?: string; readonly children?: ReactNode }) {
  const words = useWords();
  useDocumentTitle(`${props.title} · ${words.brand} ${words.console}`);
  return (
    <div className="page-head">
      <div>
        <h1>{props.title}</h1>
        {props.lead !== undefined && <p>{props.lead}</p>}
      </div>
      {props.children}
    </div>
  );
}
