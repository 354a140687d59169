import { ActionIcon, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Icon, Loaded } from '../../ui-kit/index.ts';
import { queries } from '../queries.ts';
import { useWords } from '../words/use-words.ts';
import { VerdictDetail } from './verdict-detail.tsx';

/** Beside the feed: why the chosen verdict says what it says. */
export function VerdictPanel({ eventId }: { readonly eventId: string }) {
  const words = useWords();
  const verdict = useQuery(queries.verdict(eventId));
  return (
    <aside className="card card-flush panel" aria-label={words.verdict.title}>
      <div className="card-head">
        <h2>{words.verdict.title}</h2>
        <div className="row panel-tools">
          <Link to="/verdicts/$eventId" params={{ eventId }} className="small">
            {words.verdict.openPage}
          </Link>
          <Tooltip label={words.close} withArrow>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={words.close}
              renderRoot={(props) => <Link to="/" search={{}} resetScroll={false} {...props} />}
            >
              <Icon name="cross" />
            </ActionIcon>
          </Tooltip>
        </div>
      </div>
      <div className="panel-body">
        <Loaded query={verdict} rows={10}>
          {(answer) => <VerdictDetail answer={answer} />}
        </Loaded>
      </div>
    </aside>
  );
}
