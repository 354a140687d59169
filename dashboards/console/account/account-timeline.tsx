import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import {
  EmptyState,
  formatAmount,
  formatSecond,
  Icon,
  type IconName,
  Loaded,
  Pill,
  shorten,
  useLocale,
} from '../../ui-kit/index.ts';
import type { SlimVerdict, StaffAlert, StaffDeposit, StaffWithdrawal } from '../api-types.ts';
import { OutcomePill, shortType } from '../outcome-pill.tsx';
import { queries } from '../queries.ts';
import { useWords, type Words } from '../words/use-words.ts';

type Kind = 'verdict' | 'alert' | 'money';

interface Entry {
  readonly id: string;
  readonly at: string;
  readonly kind: Kind;
  readonly icon: IconName;
  readonly title: ReactNode;
  readonly under: ReactNode;
  readonly end: ReactNode;
}

function verdictEntry(verdict: SlimVerdict, words: Words): Entry {
  return {
    id: `verdict-${verdict.id}`,
    at: verdict.event_time,
    kind: 'verdict',
    icon: 'shieldCheck',
    title: (
      <Link to="/verdicts/$eventId" params={{ eventId: verdict.event_id }}>
        {shortType(verdict.event_type)}
      </Link>
    ),
    under: verdict.rules.length === 0 ? words.live.noRule : verdict.rules.map((rule) => rule.title).join(' · '),
    end: <OutcomePill outcome={verdict.outcome} />,
  };
}

function alertEntry(alert: StaffAlert, words: Words): Entry {
  return {
    id: `alert-${alert.id}`,
    at: alert.at,
    kind: 'alert',
    icon: 'bell',
    title: alert.title,
    under: alert.body,
    end:
      alert.answer === null ? null : (
        <Pill tone={alert.answer === 'no' ? 'deny' : 'plain'}>{words.account.answered[alert.answer]}</Pill>
      ),
  };
}

function depositEntry(deposit: StaffDeposit, words: Words): Entry {
  return {
    id: `deposit-${deposit.deposit_id}`,
    at: deposit.observed_at,
    kind: 'money',
    icon: 'arrowDown',
    title: `+${formatAmount(BigInt(deposit.amount), deposit.decimals)} ${deposit.symbol}`,
    under: `${words.deposits.from} ${shorten(deposit.from)}`,
    end: (
      <Pill tone={deposit.state === 'credited' ? 'allow' : 'hold'}>{words.deposits.states[deposit.state] ?? deposit.state}</Pill>
    ),
  };
}

function withdrawalEntry(withdrawal: StaffWithdrawal, words: Words): Entry {
  return {
    id: `withdrawal-${withdrawal.withdrawal_id}`,
    at: withdrawal.requested_at,
    kind: 'money',
    icon: 'arrowUp',
    title: `−${formatAmount(BigInt(withdrawal.amount), withdrawal.decimals)} ${withdrawal.symbol}`,
    under: `${words.withdrawals.payee} ${shorten(withdrawal.payee)}`,
    end: <Pill tone="plain">{words.withdrawals.states[withdrawal.state] ?? withdrawal.state}</Pill>,
  };
}

function useEntries(accountId: string) {
  const words = useWords();
  const verdicts = useQuery(queries.accountVerdicts(accountId));
  const alerts = useQuery(queries.accountAlerts(accountId));
  const deposits = useQuery(queries.accountDeposits(accountId));
  const withdrawals = useQuery(queries.withdrawals('all'));
  const data =
    verdicts.data === undefined
      ? undefined
      : [
          ...verdicts.data.map((each) => verdictEntry(each, words)),
          ...(alerts.data ?? []).map((each) => alertEntry(each, words)),
          ...(deposits.data ?? []).map((each) => depositEntry(each, words)),
          ...(withdrawals.data ?? []).filter((each) => each.account_id === accountId).map((each) => withdrawalEntry(each, words)),
        ].toSorted((left, right) => right.at.localeCompare(left.at));
  return { data, error: verdicts.error, refetch: verdicts.refetch };
}

function EntryRow({ entry }: { readonly entry: Entry }) {
  const { locale } = useLocale();
  return (
    <li className={`entry entry-${entry.kind}`}>
      <span className="entry-mark">
        <Icon name={entry.icon} />
      </span>
      <div className="grow">
        <div className="row spread row-wrap">
          <strong>{entry.title}</strong>
          {entry.end}
        </div>
        <p className="soft small wrap-anywhere">{entry.under}</p>
        <time className="soft small num" dateTime={entry.at}>
          {formatSecond(entry.at, locale)}
        </time>
      </div>
    </li>
  );
}

/** Verdicts, alerts, money and answers of one account in one line of time, newest first. */
export function AccountTimeline({ accountId }: { readonly accountId: string }) {
  const words = useWords().account;
  const [kind, setKind] = useState<Kind | 'all'>('all');
  const entries = useEntries(accountId);
  return (
    <section className="card card-flush" aria-labelledby="timeline-title">
      <div className="card-head timeline-head">
        <h2 id="timeline-title">{words.timeline}</h2>
        <SegmentedControl
          size="xs"
          value={kind}
          onChange={(value) => setKind(value)}
          data={(['all', 'verdict', 'alert', 'money'] as const).map((value) => ({ value, label: words.kindsOfEntry[value] }))}
        />
      </div>
      <Loaded query={entries} rows={8}>
        {(all) => {
          const shown = all.filter((entry) => kind === 'all' || entry.kind === kind);
          if (shown.length === 0) return <EmptyState icon="clock" title={words.noEntries} />;
          return (
            <ol className="timeline">
              {shown.map((entry) => (
                <EntryRow key={entry.id} entry={entry} />
              ))}
            </ol>
          );
        }}
      </Loaded>
    </section>
  );
}
