import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Notice, type Tone } from '../../ui-kit/index.ts';
import type { ClaimAnswer, DepositAddress } from '../api-types.ts';
import { callApi } from '../session/wallet-session.ts';
import { problemText, useWords } from '../words/use-words.ts';

const HASH = /^0x[0-9a-fA-F]{64}$/;
const TONES: Readonly<Record<ClaimAnswer['state'], Tone>> = {
  credited: 'allow',
  pending: 'accent',
  held: 'hold',
  rejected: 'deny',
};

/** “I sent money”: a hint where to look. The chain decides, the answer says what it shows. */
export function ClaimForm({ addresses }: { readonly addresses: readonly DepositAddress[] }) {
  const words = useWords();
  const client = useQueryClient();
  const [hash, setHash] = useState('');
  const [chainId, setChainId] = useState(addresses[0]?.chain_id ?? 0);
  const [wrong, setWrong] = useState(false);
  const claim = useMutation({
    mutationFn: (body: { claim_id: string; chain_id: number; tx_hash: string }) =>
      callApi<ClaimAnswer>('POST', '/v1/me/deposit-claims', body),
    onSettled: () => client.invalidateQueries({ queryKey: ['deposits'] }),
  });
  const answer = claim.data;
  return (
    <section className="card" aria-labelledby="claim-title">
      <h2 id="claim-title">{words.deposit.claimTitle}</h2>
      <p className="soft">{words.deposit.claimLead}</p>
      <form
        className="claim-form"
        onSubmit={(event) => {
          event.preventDefault();
          const typed = hash.trim();
          setWrong(!HASH.test(typed));
          if (HASH.test(typed)) claim.mutate({ claim_id: crypto.randomUUID(), chain_id: chainId, tx_hash: typed });
        }}
      >
        <TextInput
          className="grow"
          label={words.deposit.hash}
          description={words.deposit.hashHint}
          error={wrong ? words.deposit.hashWrong : undefined}
          value={hash}
          onChange={(event) => setHash(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
        />
        {addresses.length > 1 && (
          <NativeSelect
            label={words.deposit.network}
            value={String(chainId)}
            onChange={(event) => setChainId(Number(event.currentTarget.value))}
            data={addresses.map((each) => ({ value: String(each.chain_id), label: each.chain_name }))}
          />
        )}
        <Button type="submit" variant="default" loading={claim.isPending}>
          {words.deposit.look}
        </Button>
      </form>
      {claim.error !== null && (
        <Notice tone="deny" icon="warning" alert>
          {problemText(words, claim.error)}
        </Notice>
      )}
      {answer !== undefined && (
        <Notice tone={TONES[answer.state]} icon={answer.state === 'credited' ? 'check' : 'info'} alert>
          <strong>{words.deposit.claimStates[answer.state]}</strong>
          <p>{words.deposit.claimReasons[answer.reason] ?? words.deposit.claimOther}</p>
        </Notice>
      )}
    </section>
  );
}
