import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { CopyText, formatTime, Icon, Loaded, Notice, Pill, useLocale, useToast } from '../../ui-kit/index.ts';
import type { Withdrawal, WithdrawalState } from '../api-types.ts';
import { isCancellable, isEnded, queries } from '../queries.ts';
import { callApi } from '../session/wallet-session.ts';
import { problemText, useWords } from '../words/use-words.ts';
import { WITHDRAWAL_TONES } from './activity-list.tsx';
import { MoneyText } from './money-text.tsx';
import { PageHead } from './page-head.tsx';
import { PaymentFacts } from './payment-facts.tsx';
import { StepUpForm } from './step-up-form.tsx';

/** How many of the four steps are done. */
const DONE: Readonly<Record<WithdrawalState, number>> = {
  requested: 1,
  awaiting_step_up: 1,
  held: 1,
  approved: 2,
  signing: 2,
  signed: 2,
  broadcast: 3,
  confirming: 3,
  confirmed: 4,
  denied: 1,
  cancelled: 1,
  expired: 1,
  failed: 2,
};

function Progress({ state }: { readonly state: WithdrawalState }) {
  const words = useWords().withdrawal;
  const stopped = isEnded(state) && state !== 'confirmed';
  return (
    <ol className={`progress ${stopped ? 'progress-stopped' : ''}`}>
      {words.steps.map((step, index) => {
        const done = index < DONE[state];
        const now = index === DONE[state] && !stopped;
        return (
          <li key={step} className={done ? 'done' : now ? 'now' : ''} aria-current={now ? 'step' : undefined}>
            <span className="dot">{done && <Icon name="check" />}</span>
            <span>{step}</span>
          </li>
        );
      })}
    </ol>
  );
}

function CancelButton({ withdrawal }: { readonly withdrawal: Withdrawal }) {
  const words = useWords();
  const toast = useToast();
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => callApi<unknown>('POST', `/v1/me/withdrawals/${withdrawal.withdrawal_id}/cancel`),
    onSuccess: () => toast(words.withdrawal.cancelled),
    onError: (error) => toast(problemText(words, error) ?? ''),
    onSettled: () => client.invalidateQueries(),
  });
  return (
    <Button variant="subtle" color="red" loading={cancel.isPending} onClick={() => cancel.mutate()}>
      {words.withdrawal.cancel}
    </Button>
  );
}

function Explanation({ withdrawal }: { readonly withdrawal: Withdrawal }) {
  const words = useWords().withdrawal;
  const { state } = withdrawal;
  const own = words.explanations[state];
  const reasons = own === undefined ? withdrawal.reasons : [own];
  if (state === 'confirmed') {
    return (
      <Notice tone="allow" icon="check">
        {words.done}
      </Notice>
    );
  }
  if (reasons.length > 0 && state !== 'awaiting_step_up') {
    return (
      <Notice tone={WITHDRAWAL_TONES[state]} icon={isEnded(state) ? 'info' : 'clock'}>
        {reasons.map((reason) => (
          <p key={reason}>{reason}</p>
        ))}
      </Notice>
    );
  }
  if (isEnded(state) || state === 'awaiting_step_up') return null;
  return (
    <Notice tone="plain" icon="clock">
      {words.onItsWay}
    </Notice>
  );
}

function Details({ withdrawal }: { readonly withdrawal: Withdrawal }) {
  const words = useWords().withdrawal;
  const { locale } = useLocale();
  return (
    <dl className="facts small">
      <dt>{words.requested}</dt>
      <dd>{formatTime(withdrawal.requested_at, locale)}</dd>
      {withdrawal.tx_hash !== null && (
        <>
          <dt>{words.transaction}</dt>
          <dd>
            <CopyText value={withdrawal.tx_hash} />
          </dd>
        </>
      )}
      <dt>{words.reference}</dt>
      <dd>
        <CopyText value={withdrawal.withdrawal_id} />
      </dd>
    </dl>
  );
}

function WithdrawalCard({ withdrawal }: { readonly withdrawal: Withdrawal }) {
  const words = useWords();
  const { state } = withdrawal;
  return (
    <div className="stack stack-wide">
      <div className="row spread row-wrap">
        <h2 className="payment-amount">
          <MoneyText amount={withdrawal.amount} decimals={withdrawal.decimals} symbol={withdrawal.symbol} />
        </h2>
        <Pill tone={WITHDRAWAL_TONES[state]}>{words.withdraw.states[state]}</Pill>
      </div>
      <Progress state={state} />
      {withdrawal.step_up === null ? <PaymentFacts {...withdrawal} /> : <StepUpForm withdrawal={withdrawal} />}
      <Explanation withdrawal={withdrawal} />
      <Details withdrawal={withdrawal} />
      <div className="row spread row-wrap">
        {isEnded(state) ? (
          <Button renderRoot={(props) => <Link to="/withdraw" {...props} />} variant="default">
            {words.withdrawal.again}
          </Button>
        ) : (
          <Button renderRoot={(props) => <Link to="/activity" {...props} />} variant="default">
            {words.nav.activity}
          </Button>
        )}
        {isCancellable(state) && <CancelButton withdrawal={withdrawal} />}
      </div>
    </div>
  );
}

/** One withdrawal from the request to its end; while it waits for a code, the place to give it. */
export function WithdrawalPage() {
  const words = useWords();
  const { id } = useParams({ from: '/withdrawals/$id' });
  const withdrawal = useQuery(queries.withdrawal(id));
  return (
    <div className="narrow">
      <PageHead title={words.withdrawal.title} />
      <section className="card">
        <Loaded query={withdrawal}>{(known) => <WithdrawalCard withdrawal={known} />}</Loaded>
      </section>
    </div>
  );
}
