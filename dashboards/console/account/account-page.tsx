import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { ApiProblem, CopyText, Loaded, Notice } from '../../ui-kit/index.ts';
import { PageHead } from '../page-head.tsx';
import { queries } from '../queries.ts';
import { useWords } from '../words/use-words.ts';
import { AccountTimeline } from './account-timeline.tsx';
import { DeviceList, SessionList } from './device-lists.tsx';
import { StateCard } from './state-card.tsx';

/** One account: what restricts it, who can get in, and everything that happened. */
export function AccountPage() {
  const words = useWords();
  const { id } = useParams({ from: '/accounts/$id' });
  const account = useQuery(queries.account(id));
  // Subjects before a sign-in are keyed hashes: no account, but a history.
  const unknown = account.error instanceof ApiProblem && (account.error.status === 404 || account.error.status === 400);
  return (
    <>
      <PageHead title={words.account.title} />
      <p className="under-title">
        <CopyText value={id} />
      </p>
      <div className="account-grid">
        <AccountTimeline accountId={id} />
        <div className="stack">
          {unknown && account.data === undefined ? (
            <Notice tone="plain" icon="info">
              {words.account.notAccount}
            </Notice>
          ) : (
            <Loaded query={account} rows={8}>
              {(known) => (
                <>
                  <StateCard account={known} />
                  <DeviceList account={known} />
                  <SessionList account={known} />
                </>
              )}
            </Loaded>
          )}
        </div>
      </div>
    </>
  );
}
