import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Loaded } from '../../ui-kit/index.ts';
import { PageHead } from '../page-head.tsx';
import { queries } from '../queries.ts';
import { useWords } from '../words/use-words.ts';
import { VerdictDetail } from './verdict-detail.tsx';

export function VerdictPage() {
  const words = useWords();
  const { eventId } = useParams({ from: '/verdicts/$eventId' });
  const verdict = useQuery(queries.verdict(eventId));
  return (
    <>
      <PageHead title={words.verdict.title} />
      <Loaded query={verdict} rows={10}>
        {(answer) => (
          <div className="card verdict-wide">
            <VerdictDetail answer={answer} />
          </div>
        )}
      </Loaded>
    </>
  );
}
