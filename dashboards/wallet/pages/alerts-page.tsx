import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { EmptyState, formatTime, Icon, type IconName, Loaded, Pill, useLocale, useToast } from '../../ui-kit/index.ts';
import type { OwnerAlert } from '../api-types.ts';
import { queries } from '../queries.ts';
import { callApi } from '../session/wallet-session.ts';
import { problemText, useWords } from '../words/use-words.ts';
import { PageHead } from './page-head.tsx';

const LOOKS: Readonly<Record<OwnerAlert['severity'], { icon: IconName; className: string }>> = {
  info: { icon: 'info', className: 'severity-info' },
  low: { icon: 'info', className: 'severity-info' },
  medium: { icon: 'warning', className: 'severity-medium' },
  high: { icon: 'warning', className: 'severity-high' },
  critical: { icon: 'lock', className: 'severity-high' },
};

function Question({ alert }: { readonly alert: OwnerAlert }) {
  const words = useWords();
  const toast = useToast();
  const client = useQueryClient();
  const answer = useMutation({
    mutationFn: (said: 'yes' | 'no') => callApi<unknown>('POST', `/v1/me/alerts/${alert.id}/answer`, { answer: said }),
    onSuccess: () => toast(words.alerts.thanks),
    onSettled: () => client.invalidateQueries(),
  });
  const question = alert.actions.find((action) => action.kind === 'answer');
  const over = question?.until !== undefined && Date.parse(question.until) < Date.now();
  if (question === undefined || over || answer.isSuccess) return null;
  return (
    <div className="question">
      <strong>{words.alerts.wasIt}</strong>
      <div className="row row-wrap">
        <Button
          size="sm"
          variant="default"
          loading={answer.isPending && answer.variables === 'yes'}
          onClick={() => answer.mutate('yes')}
        >
          {words.alerts.yes}
        </Button>
        <Button
          size="sm"
          color="red"
          variant="light"
          loading={answer.isPending && answer.variables === 'no'}
          onClick={() => answer.mutate('no')}
        >
          {words.alerts.no}
        </Button>
      </div>
      <p className="small soft">{problemText(words, answer.error) ?? words.alerts.noConsequence}</p>
    </div>
  );
}

function AlertItem({ alert, isNew }: { readonly alert: OwnerAlert; readonly isNew: boolean }) {
  const words = useWords();
  const { locale } = useLocale();
  const look = LOOKS[alert.severity];
  return (
    <li className="alert-row">
      <span className={`direction ${look.className}`}>
        <Icon name={look.icon} />
      </span>
      <article className="grow stack stack-tight">
        <div className="row spread row-wrap">
          <h2>{alert.title}</h2>
          <span className="row">
            {isNew && <Pill tone="accent">{words.alerts.isNew}</Pill>}
            <time className="small soft" dateTime={alert.at}>
              {formatTime(alert.at, locale)}
            </time>
          </span>
        </div>
        <p className="alert-body">{alert.body}</p>
        <Question alert={alert} />
      </article>
    </li>
  );
}

/** Looking at the page is seeing what is on it. Gives the ids that were new when the page showed them. */
function useSeen(alerts: readonly OwnerAlert[] | undefined): ReadonlySet<string> {
  const client = useQueryClient();
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const unseen = (alerts ?? []).flatMap((alert) => (alert.seen_at === null ? [alert.id] : [])).join(' ');
  useEffect(() => {
    if (unseen === '') return;
    const ids = unseen.split(' ');
    setFresh((before) => new Set([...before, ...ids]));
    const marking = ids.map((id) => callApi<undefined>('POST', `/v1/me/alerts/${id}/seen`));
    void Promise.allSettled(marking).then(() => client.invalidateQueries({ queryKey: ['alerts'] }));
  }, [unseen, client]);
  return fresh;
}

export function AlertsPage() {
  const words = useWords().alerts;
  const alerts = useQuery(queries.alerts);
  const fresh = useSeen(alerts.data);
  return (
    <>
      <PageHead title={words.title} lead={words.lead} />
      <section className="card card-flush">
        <Loaded query={alerts}>
          {(all) =>
            all.length === 0 ? (
              <EmptyState icon="bell" title={words.none}>
                <p>{words.noneText}</p>
              </EmptyState>
            ) : (
              <ul className="list">
                {all.map((alert) => (
                  <AlertItem key={alert.id} alert={alert} isNew={fresh.has(alert.id)} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </section>
    </>
  );
}
