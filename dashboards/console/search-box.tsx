import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiProblem, Icon } from '../ui-kit/index.ts';
import { queries } from './queries.ts';
import { useWords } from './words/use-words.ts';

type Found = { readonly kind: 'account' | 'event'; readonly id: string };

async function isThere(asking: Promise<unknown>): Promise<boolean> {
  try {
    await asking;
    return true;
  } catch (error) {
    if (error instanceof ApiProblem && (error.status === 404 || error.status === 400)) return false;
    throw error;
  }
}

/** Account and event ids look alike, so both are asked. */
function useFind() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: string): Promise<Found | null> => {
      const [account, event] = await Promise.all([
        isThere(client.fetchQuery(queries.account(id))),
        isThere(client.fetchQuery(queries.verdict(id))),
      ]);
      if (account) return { kind: 'account', id };
      return event ? { kind: 'event', id } : null;
    },
  });
}

export function SearchBox() {
  const words = useWords().search;
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const find = useFind();
  return (
    <form
      className="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const id = text.trim();
        if (id === '') return;
        find.mutate(id, {
          onSuccess(found) {
            if (found === null) return;
            setText('');
            if (found.kind === 'account') void navigate({ to: '/accounts/$id', params: { id: found.id } });
            else void navigate({ to: '/verdicts/$eventId', params: { eventId: found.id } });
          },
        });
      }}
    >
      <TextInput
        aria-label={words.label}
        placeholder={words.placeholder}
        leftSection={<Icon name="search" />}
        classNames={{ input: 'search-input' }}
        value={text}
        spellCheck={false}
        error={find.data === null ? words.none : (find.error?.message ?? undefined)}
        onChange={(event) => {
          setText(event.currentTarget.value);
          find.reset();
        }}
      />
    </form>
  );
}
