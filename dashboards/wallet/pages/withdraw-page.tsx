import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { EmptyState, Loaded, Notice } from '../../ui-kit/index.ts';
import type { Balance, Withdrawal } from '../api-types.ts';
import { queries } from '../queries.ts';
import { callApi } from '../session/wallet-session.ts';
import { problemText, useWords } from '../words/use-words.ts';
import { PageHead } from './page-head.tsx';
import { WithdrawForm } from './withdraw-form.tsx';
import { WithdrawReview } from './withdraw-review.tsx';

/** What will be asked for. The id is made once, before the first try: asking again after a lost answer is the same withdrawal. */
export interface Draft {
  readonly withdrawalId: string;
  readonly asset: Balance;
  readonly amount: bigint;
  readonly payee: string;
}

function useSend() {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (draft: Draft) =>
      callApi<{ withdrawal: Withdrawal }>('POST', '/v1/me/withdrawals', {
        withdrawal_id: draft.withdrawalId,
        asset: draft.asset.asset,
        amount: draft.amount.toString(),
        payee: draft.payee,
      }),
    async onSuccess({ withdrawal }) {
      client.setQueryData(['withdrawals', withdrawal.withdrawal_id], withdrawal);
      void client.invalidateQueries({ queryKey: ['balances'] });
      await navigate({ to: '/withdrawals/$id', params: { id: withdrawal.withdrawal_id } });
    },
  });
}

function Steps({ balances }: { readonly balances: readonly Balance[] }) {
  const words = useWords();
  const withdrawals = useQuery(queries.withdrawals);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [reviewing, setReviewing] = useState(false);
  const send = useSend();
  if (balances.every((balance) => balance.available === '0')) {
    return (
      <EmptyState icon="wallet" title={words.withdraw.nothing}>
        <p>{words.withdraw.nothingText}</p>
      </EmptyState>
    );
  }
  if (draft === null || !reviewing) {
    return (
      <WithdrawForm
        balances={balances}
        draft={draft}
        onReview={(next) => {
          setDraft(next);
          setReviewing(true);
        }}
      />
    );
  }
  const known = withdrawals.data?.some((each) => each.state === 'confirmed' && each.payee === draft.payee) ?? false;
  return (
    <WithdrawReview
      draft={draft}
      knownPayee={known}
      sending={send.isPending}
      problem={problemText(words, send.error)}
      onSend={() => send.mutate(draft)}
      onEdit={() => {
        send.reset();
        setReviewing(false);
      }}
    />
  );
}

/** Form, then review, then the withdrawal's own page. */
export function WithdrawPage() {
  const words = useWords();
  const me = useQuery(queries.me);
  const balances = useQuery(queries.balances);
  const blocked = me.data !== undefined && (me.data.state.frozen || me.data.state.outgoing_blocked);
  return (
    <div className="narrow">
      <PageHead title={words.withdraw.title} lead={words.withdraw.lead} />
      <section className="card">
        {blocked ? (
          <Notice tone="freeze" icon="lock">
            {words.withdraw.blocked}
          </Notice>
        ) : (
          <Loaded query={balances}>{(all) => <Steps balances={all} />}</Loaded>
        )}
      </section>
    </div>
  );
}
