import { Link } from '@tanstack/react-router';
import { useWords } from '../words/use-words.ts';
import { ActivityList } from './activity-list.tsx';
import { PageHead } from './page-head.tsx';

/** As many as the API lists of each kind. */
const LISTED_MAX = 200;

export function ActivityPage() {
  const words = useWords().activity;
  return (
    <>
      <PageHead title={words.title} lead={words.lead} />
      <section className="card card-flush">
        <ActivityList limit={LISTED_MAX} />
      </section>
      <p className="small soft foot-note">
        {words.notMe} <Link to="/security">{words.notMeLink}</Link>
      </p>
    </>
  );
}
