import { Button, Drawer } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import {
  CopyText,
  EmptyState,
  formatAmount,
  formatTime,
  Loaded,
  Pill,
  shorten,
  type Tone,
  useLocale,
} from '../../ui-kit/index.ts';
import type { Evidence, StaffDeposit } from '../api-types.ts';
import { PageHead } from '../page-head.tsx';
import { queries } from '../queries.ts';
import { useWords } from '../words/use-words.ts';
import { StateTabs } from './state-tabs.tsx';

const TONES: Readonly<Record<string, Tone>> = {
  observed: 'accent',
  credited: 'allow',
  held: 'hold',
  rejected: 'deny',
  orphaned: 'deny',
  reversed: 'deny',
};

function Row({ deposit, onEvidence }: { readonly deposit: StaffDeposit; readonly onEvidence: () => void }) {
  const words = useWords();
  const { locale } = useLocale();
  return (
    <tr>
      <td className="num nowrap">{formatTime(deposit.observed_at, locale)}</td>
      <td>
        <Pill tone={TONES[deposit.state] ?? 'plain'}>{words.deposits.states[deposit.state] ?? deposit.state}</Pill>
        {deposit.reason !== null && (
          <div className="small soft mono">
            {deposit.reason}
            {deposit.attack !== null && ` · ${deposit.attack}`}
          </div>
        )}
      </td>
      <td className="num end">
        <strong>{formatAmount(BigInt(deposit.amount), deposit.decimals)}</strong> {deposit.symbol}
      </td>
      <td>
        <CopyText value={deposit.from} shown={shorten(deposit.from)} />
      </td>
      <td>
        <Link to="/accounts/$id" params={{ id: deposit.account_id }} className="mono">
          {shorten(deposit.account_id, 8, 4)}
        </Link>
      </td>
      <td className="num end">{deposit.block_number}</td>
      <td className="end">
        <Button size="compact-sm" variant="default" onClick={onEvidence}>
          {words.deposits.evidence}
        </Button>
      </td>
    </tr>
  );
}

function Table(props: { readonly deposits: readonly StaffDeposit[]; readonly onEvidence: (deposit: StaffDeposit) => void }) {
  const words = useWords();
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th>{words.when}</th>
            <th>{words.state}</th>
            <th className="end">{words.withdrawals.amount}</th>
            <th>{words.deposits.from}</th>
            <th>{words.live.account}</th>
            <th className="end">{words.deposits.block}</th>
            <th>
              <span className="visually-hidden">{words.deposits.evidence}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {props.deposits.map((deposit) => (
            <Row key={deposit.deposit_id} deposit={deposit} onEvidence={() => props.onEvidence(deposit)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function EvidenceItem({ evidence }: { readonly evidence: Evidence }) {
  const { locale } = useLocale();
  return (
    <article className="stack">
      <dl className="facts small">
        <dt>SHA-256</dt>
        <dd>
          <CopyText value={evidence.hash} />
        </dd>
        <dt>{useWords().when}</dt>
        <dd>{formatTime(evidence.at, locale)}</dd>
      </dl>
      <pre className="evidence" tabIndex={0}>
        {JSON.stringify(JSON.parse(evidence.body), null, 2)}
      </pre>
    </article>
  );
}

function EvidenceView({ deposit }: { readonly deposit: StaffDeposit }) {
  const words = useWords().deposits;
  const evidence = useQuery(queries.evidence(deposit.deposit_id));
  return (
    <div className="stack">
      <p className="soft">{words.evidenceLead}</p>
      <CopyText value={deposit.tx_hash} />
      <Loaded query={evidence} rows={10}>
        {(all) => all.map((each) => <EvidenceItem key={each.incarnation} evidence={each} />)}
      </Loaded>
    </div>
  );
}

export function DepositsPage() {
  const words = useWords();
  const [state, setState] = useState('all');
  const [chosen, setChosen] = useState<StaffDeposit | null>(null);
  const deposits = useQuery(queries.deposits(state));
  return (
    <>
      <PageHead title={words.deposits.title} lead={words.deposits.lead}>
        <StateTabs value={state} labels={words.deposits.states} onChange={setState} />
      </PageHead>
      <section className="card card-flush">
        <Loaded query={deposits} rows={6}>
          {(all) =>
            all.length === 0 ? (
              <EmptyState icon="inbox" title={words.deposits.none}>
                <p>{words.deposits.noneText}</p>
              </EmptyState>
            ) : (
              <Table deposits={all} onEvidence={setChosen} />
            )
          }
        </Loaded>
      </section>
      <Drawer
        opened={chosen !== null}
        onClose={() => setChosen(null)}
        position="right"
        size="xl"
        title={words.deposits.evidence}
        closeButtonProps={{ 'aria-label': words.close }}
      >
        {chosen !== null && <EvidenceView deposit={chosen} />}
      </Drawer>
    </>
  );
}
