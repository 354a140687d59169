import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { EmptyState, formatAmount, formatTime, Icon, Loaded, Pill, shorten, type Tone, useLocale } from '../../ui-kit/index.ts';
import type { Deposit, DepositState, Withdrawal, WithdrawalState } from '../api-types.ts';
import { queries } from '../queries.ts';
import { useWords } from '../words/use-words.ts';

export const DEPOSIT_TONES: Readonly<Record<DepositState, Tone>> = {
  observed: 'accent',
  credited: 'allow',
  held: 'hold',
  rejected: 'deny',
  orphaned: 'deny',
  reversed: 'deny',
};

export const WITHDRAWAL_TONES: Readonly<Record<WithdrawalState, Tone>> = {
  requested: 'accent',
  awaiting_step_up: 'challenge',
  held: 'hold',
  approved: 'accent',
  signing: 'accent',
  signed: 'accent',
  broadcast: 'accent',
  confirming: 'accent',
  confirmed: 'allow',
  denied: 'deny',
  cancelled: 'plain',
  expired: 'plain',
  failed: 'deny',
};

function ActivityRow(props: {
  readonly incoming: boolean;
  readonly title: string;
  readonly under: string;
  readonly amount: string;
  readonly pill: ReactNode;
}) {
  return (
    <>
      <span className={`direction ${props.incoming ? 'direction-in' : 'direction-out'}`}>
        <Icon name={props.incoming ? 'arrowDown' : 'arrowUp'} />
      </span>
      <span className="grow">
        <span className="activity-title">{props.title}</span>
        <span className="soft small activity-under">{props.under}</span>
      </span>
      <span className="activity-end">
        <span className="num activity-amount">{props.amount}</span>
        {props.pill}
      </span>
    </>
  );
}

function DepositRow({ deposit }: { readonly deposit: Deposit }) {
  const words = useWords();
  const { locale } = useLocale();
  return (
    <div className="activity-row">
      <ActivityRow
        incoming
        title={words.activity.in}
        under={`${formatTime(deposit.observed_at, locale)} · ${words.deposit.from} ${shorten(deposit.from)}`}
        amount={`+${formatAmount(BigInt(deposit.credited ?? deposit.amount), deposit.decimals)} ${deposit.symbol}`}
        pill={<Pill tone={DEPOSIT_TONES[deposit.state]}>{words.deposit.states[deposit.state]}</Pill>}
      />
    </div>
  );
}

function WithdrawalRow({ withdrawal }: { readonly withdrawal: Withdrawal }) {
  const words = useWords();
  const { locale } = useLocale();
  return (
    <Link to="/withdrawals/$id" params={{ id: withdrawal.withdrawal_id }} className="activity-row activity-link">
      <ActivityRow
        incoming={false}
        title={words.activity.out}
        under={`${formatTime(withdrawal.requested_at, locale)} · ${words.withdraw.to} ${shorten(withdrawal.payee)}`}
        amount={`−${formatAmount(BigInt(withdrawal.amount), withdrawal.decimals)} ${withdrawal.symbol}`}
        pill={<Pill tone={WITHDRAWAL_TONES[withdrawal.state]}>{words.withdraw.states[withdrawal.state]}</Pill>}
      />
    </Link>
  );
}

export function DepositList({ deposits }: { readonly deposits: readonly Deposit[] }) {
  return (
    <ul className="list">
      {deposits.map((deposit) => (
        <li key={deposit.deposit_id}>
          <DepositRow deposit={deposit} />
        </li>
      ))}
    </ul>
  );
}

/** Deposits and withdrawals in one line of time, newest first. */
export function ActivityList({ limit }: { readonly limit: number }) {
  const words = useWords();
  const deposits = useQuery(queries.deposits);
  const withdrawals = useQuery(queries.withdrawals);
  const both = {
    data:
      deposits.data === undefined || withdrawals.data === undefined ? undefined : ([deposits.data, withdrawals.data] as const),
    error: deposits.error ?? withdrawals.error,
    refetch: () => Promise.all([deposits.refetch(), withdrawals.refetch()]),
  };
  return (
    <Loaded query={both}>
      {([ins, outs]) => {
        const rows = [
          ...ins.map((deposit) => ({ at: deposit.observed_at, id: deposit.deposit_id, row: <DepositRow deposit={deposit} /> })),
          ...outs.map((out) => ({ at: out.requested_at, id: out.withdrawal_id, row: <WithdrawalRow withdrawal={out} /> })),
        ]
          .toSorted((left, right) => right.at.localeCompare(left.at))
          .slice(0, limit);
        if (rows.length === 0) {
          return (
            <EmptyState icon="list" title={words.activity.none}>
              <p>{words.activity.noneText}</p>
            </EmptyState>
          );
        }
        return (
          <ul className="list">
            {rows.map(({ id, row }) => (
              <li key={id}>{row}</li>
            ))}
          </ul>
        );
      }}
    </Loaded>
  );
}
