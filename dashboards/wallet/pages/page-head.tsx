import { useDocumentTitle } from '@mantine/hooks';
import { useWords } from '../words/use-words.ts';

export function PageHead({ title, lead }: { readonly title: string; readonly lead?: string }) {
  useDocumentTitle(`${title} · ${useWords().brand}`);
  return (
    <div className="page-head">
      <div>
        <h1>{title}</h1>
        {lead !== undefined && <p>{lead}</p>}
      </div>
    </div>
  );
}
