import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { EmptyState, formatTime, Loaded, Pill, shorten, type Tone, useLocale } from '../../ui-kit/index.ts';
import type { Level, StaffAlert } from '../api-types.ts';
import { PageHead } from '../page-head.tsx';
import { queries } from '../queries.ts';
import { useWords } from '../words/use-words.ts';

const TONES: Readonly<Record<Level, Tone>> = { info: 'plain', low: 'plain', medium: 'challenge', high: 'hold', critical: 'deny' };

function Delivery({ delivery }: { readonly delivery: StaffAlert['deliveries'][number] }) {
  const bad = delivery.last_error !== null && delivery.state !== 'delivered';
  return (
    <span className={bad ? 'delivery delivery-bad' : 'delivery'} title={delivery.last_error ?? undefined}>
      {delivery.channel}: {delivery.state}
      {delivery.attempts > 1 && ` (${delivery.attempts})`}
    </span>
  );
}

function AlertRow({ alert }: { readonly alert: StaffAlert }) {
  const words = useWords();
  const { locale } = useLocale();
  return (
    <li className="alert-line">
      <Pill tone={TONES[alert.severity]}>{alert.severity}</Pill>
      <div className="grow stack stack-tight">
        <div className="row spread row-wrap">
          <strong>{alert.title}</strong>
          <time className="small soft num" dateTime={alert.at}>
            {formatTime(alert.at, locale)}
          </time>
        </div>
        <p className="soft">{alert.body}</p>
        <div className="row row-wrap small alert-links">
          <Link to="/accounts/$id" params={{ id: alert.account_id }} className="mono">
            {shorten(alert.account_id, 8, 4)}
          </Link>
          {alert.event_id !== null && (
            <Link to="/verdicts/$eventId" params={{ eventId: alert.event_id }}>
              {words.alerts.seeVerdict}
            </Link>
          )}
          {alert.answer !== null && (
            <Pill tone={alert.answer === 'no' ? 'deny' : 'plain'}>{words.account.answered[alert.answer]}</Pill>
          )}
          {alert.deliveries.map((delivery, index) => (
            <Delivery key={`${delivery.channel}${index}`} delivery={delivery} />
          ))}
        </div>
      </div>
    </li>
  );
}

export function AlertsPage() {
  const words = useWords().alerts;
  const [audience, setAudience] = useState<'staff' | 'owner'>('staff');
  const alerts = useQuery(queries.alerts(audience));
  return (
    <>
      <PageHead title={words.title} lead={words.lead}>
        <SegmentedControl
          value={audience}
          onChange={(value) => setAudience(value === 'owner' ? 'owner' : 'staff')}
          data={[
            { value: 'staff', label: words.staff },
            { value: 'owner', label: words.owner },
          ]}
        />
      </PageHead>
      <section className="card card-flush">
        <Loaded query={alerts} rows={6}>
          {(all) =>
            all.length === 0 ? (
              <EmptyState icon="bell" title={words.none}>
                <p>{words.noneText}</p>
              </EmptyState>
            ) : (
              <ul className="list">
                {all.map((alert) => (
                  <AlertRow key={alert.id} alert={alert} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </section>
    </>
  );
}
