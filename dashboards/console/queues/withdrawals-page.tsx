import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import {
  CopyText,
  EmptyState,
  formatAmount,
  formatRelative,
  formatTime,
  Loaded,
  Pill,
  shorten,
  type Tone,
  useLocale,
  useToast,
} from '../../ui-kit/index.ts';
import type { StaffWithdrawal } from '../api-types.ts';
import { PageHead } from '../page-head.tsx';
import { queries } from '../queries.ts';
import { ReasonDialog } from '../reason-dialog.tsx';
import { callStaff } from '../staff-api.ts';
import { problemText, useWords } from '../words/use-words.ts';
import { StateTabs } from './state-tabs.tsx';

const TONES: Readonly<Record<string, Tone>> = {
  held: 'hold',
  awaiting_step_up: 'challenge',
  confirmed: 'allow',
  denied: 'deny',
  failed: 'deny',
};
/** Before a nonce is reserved a person may still end it. */
const DENIABLE: ReadonlySet<string> = new Set(['requested', 'held', 'awaiting_step_up', 'approved']);

function Row(props: { readonly withdrawal: StaffWithdrawal; readonly mayDeny: boolean; readonly onDeny: () => void }) {
  const words = useWords();
  const { locale } = useLocale();
  const { withdrawal } = props;
  return (
    <tr>
      <td className="num nowrap">
        {formatTime(withdrawal.requested_at, locale)}
        {withdrawal.expires_at !== null && (
          <div className="small soft">
            {words.withdrawals.expires} {formatRelative(withdrawal.expires_at, locale)}
          </div>
        )}
      </td>
      <td>
        <Pill tone={TONES[withdrawal.state] ?? 'plain'}>{words.withdrawals.states[withdrawal.state] ?? withdrawal.state}</Pill>
        {(withdrawal.hold_cause ?? withdrawal.reason_code) !== null && (
          <div className="small soft mono">{withdrawal.hold_cause ?? withdrawal.reason_code}</div>
        )}
      </td>
      <td className="num end">
        <strong>{formatAmount(BigInt(withdrawal.amount), withdrawal.decimals)}</strong> {withdrawal.symbol}
      </td>
      <td>
        <CopyText value={withdrawal.payee} shown={shorten(withdrawal.payee)} />
      </td>
      <td>
        <Link to="/accounts/$id" params={{ id: withdrawal.account_id }} className="mono">
          {shorten(withdrawal.account_id, 8, 4)}
        </Link>
      </td>
      <td>
        <Link to="/verdicts/$eventId" params={{ eventId: withdrawal.event_id }}>
          {words.live.why}
        </Link>
      </td>
      <td className="end">
        {props.mayDeny && DENIABLE.has(withdrawal.state) && (
          <Button size="compact-sm" color="red" variant="light" onClick={props.onDeny}>
            {words.withdrawals.deny}
          </Button>
        )}
      </td>
    </tr>
  );
}

function Table(props: {
  readonly withdrawals: readonly StaffWithdrawal[];
  readonly onDeny: (withdrawal: StaffWithdrawal) => void;
}) {
  const words = useWords();
  const me = useQuery(queries.me);
  const mayDeny = me.data?.roles.some((role) => ['analyst', 'approver', 'admin'].includes(role)) ?? false;
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th>{words.withdrawals.requested}</th>
            <th>{words.state}</th>
            <th className="end">{words.withdrawals.amount}</th>
            <th>{words.withdrawals.payee}</th>
            <th>{words.live.account}</th>
            <th>{words.verdict.title}</th>
            <th>
              <span className="visually-hidden">{words.withdrawals.deny}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {props.withdrawals.map((withdrawal) => (
            <Row
              key={withdrawal.withdrawal_id}
              withdrawal={withdrawal}
              mayDeny={mayDeny}
              onDeny={() => props.onDeny(withdrawal)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function DenyDialog(props: { readonly withdrawal: StaffWithdrawal | null; readonly onClose: () => void }) {
  const words = useWords();
  const toast = useToast();
  const client = useQueryClient();
  const { withdrawal } = props;
  const deny = useMutation({
    mutationFn: (reason: string) =>
      callStaff<unknown>('POST', `/v1/staff/withdrawals/${withdrawal?.withdrawal_id ?? ''}/deny`, { reason }),
    onSuccess() {
      toast(words.withdrawals.denied);
      props.onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['withdrawals'] }),
  });
  return (
    <ReasonDialog
      opened={withdrawal !== null}
      title={words.withdrawals.denyTitle}
      text={words.withdrawals.denyText}
      verb={words.withdrawals.deny}
      danger
      busy={deny.isPending}
      problem={problemText(words, deny.error)}
      onConfirm={(reason) => deny.mutate(reason)}
      onClose={() => {
        deny.reset();
        props.onClose();
      }}
    />
  );
}

/** The queue of held payments, and the others by state. */
export function WithdrawalsPage() {
  const words = useWords().withdrawals;
  const [state, setState] = useState('held');
  const [denying, setDenying] = useState<StaffWithdrawal | null>(null);
  const withdrawals = useQuery(queries.withdrawals(state));
  return (
    <>
      <PageHead title={words.title} lead={words.lead}>
        <StateTabs value={state} labels={words.states} onChange={setState} />
      </PageHead>
      <section className="card card-flush">
        <Loaded query={withdrawals} rows={6}>
          {(all) =>
            all.length === 0 ? (
              <EmptyState icon="inbox" title={words.none}>
                <p>{words.noneText}</p>
              </EmptyState>
            ) : (
              <Table withdrawals={all} onDeny={setDenying} />
            )
          }
        </Loaded>
      </section>
      <DenyDialog withdrawal={denying} onClose={() => setDenying(null)} />
    </>
  );
}
