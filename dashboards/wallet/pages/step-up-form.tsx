import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatRelative, Icon, Notice, useLocale } from '../../ui-kit/index.ts';
import type { Withdrawal } from '../api-types.ts';
import { queries } from '../queries.ts';
import { callApi } from '../session/wallet-session.ts';
import { problemText, useWords } from '../words/use-words.ts';
import { CodeInput } from './code-input.tsx';
import { PaymentFacts } from './payment-facts.tsx';

function useApprove(withdrawal: Withdrawal) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (code: string) =>
      callApi<{ withdrawal: Withdrawal }>('POST', `/v1/me/withdrawals/${withdrawal.withdrawal_id}/step-up`, { code }),
    onSuccess: (answer) => client.setQueryData(['withdrawals', withdrawal.withdrawal_id], answer.withdrawal),
    onSettled: () => client.invalidateQueries(),
  });
}

/** The code is given beside what it approves: that amount to that address, and nothing else (PSD2 dynamic linking). */
export function StepUpForm({ withdrawal }: { readonly withdrawal: Withdrawal }) {
  const words = useWords();
  const { locale } = useLocale();
  const me = useQuery(queries.me);
  const [code, setCode] = useState('');
  const approve = useApprove(withdrawal);
  return (
    <form
      className="step-up stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (code.length === 6) approve.mutate(code, { onError: () => setCode('') });
      }}
    >
      <div className="row">
        <Icon name="shieldCheck" />
        <div>
          <h3>{words.withdrawal.approveTitle}</h3>
          <p className="small soft">{words.withdrawal.approveLead}</p>
        </div>
      </div>
      <PaymentFacts {...withdrawal} />
      {me.data?.factors.totp === false ? (
        <Notice tone="challenge" icon="key">
          <p>{words.withdrawal.needsTotp}</p>
          <Link to="/security">{words.status.actionButton}</Link>
        </Notice>
      ) : (
        <>
          <CodeInput
            label={words.withdrawal.code}
            value={code}
            onChange={setCode}
            error={code === '' ? problemText(words, approve.error) : null}
          />
          <Button type="submit" size="md" loading={approve.isPending} disabled={code.length !== 6}>
            {words.withdrawal.approve}
          </Button>
        </>
      )}
      {withdrawal.step_up !== null && (
        <p className="small soft">{words.withdrawal.expires(formatRelative(withdrawal.step_up.expires_at, locale))}</p>
      )}
    </form>
  );
}
