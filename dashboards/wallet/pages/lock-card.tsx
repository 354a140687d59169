import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem, Icon } from '../../ui-kit/index.ts';
import { callApi, endSession } from '../session/wallet-session.ts';
import { problemText, useWords } from '../words/use-words.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';

/** One tap and one confirmation; the server ends every session, this one too. */
export function LockCard() {
  const words = useWords();
  const [asking, setAsking] = useState(false);
  const lock = useMutation({
    mutationFn: () => callApi<undefined>('POST', '/v1/me/lock'),
    onSuccess: () => endSession(new ApiProblem('account_locked', 0, 'the account is locked')),
  });
  return (
    <section className="card row spread row-wrap lock-card" aria-labelledby="lock-title">
      <div className="grow">
        <h2 id="lock-title">{words.security.lock}</h2>
        <p className="soft">{words.security.lockText}</p>
      </div>
      <Button color="red" variant="light" leftSection={<Icon name="lock" />} onClick={() => setAsking(true)}>
        {words.security.lock}
      </Button>
      <ConfirmDialog
        opened={asking}
        title={words.security.lockSure}
        verb={words.security.lockNow}
        busy={lock.isPending}
        problem={problemText(words, lock.error)}
        onConfirm={() => lock.mutate()}
        onClose={() => setAsking(false)}
      >
        <p>{words.security.lockConsequence}</p>
      </ConfirmDialog>
    </section>
  );
}
