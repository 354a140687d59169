import { Button, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Icon, Notice, useToast } from '../../ui-kit/index.ts';
import { queries } from '../queries.ts';
import { callApi } from '../session/wallet-session.ts';
import { problemText, useWords } from '../words/use-words.ts';

function PasswordForm({ onDone }: { readonly onDone: () => void }) {
  const words = useWords();
  const me = useQuery(queries.me);
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () => callApi<undefined>('POST', '/v1/me/password', { current, next }),
    onSuccess: onDone,
  });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <input type="hidden" name="username" autoComplete="username" value={me.data?.email ?? ''} readOnly />
      <TextInput
        label={words.security.passwordNow}
        type="password"
        autoComplete="current-password"
        required
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
      />
      <TextInput
        label={words.security.passwordNext}
        type="password"
        autoComplete="new-password"
        required
        value={next}
        onChange={(event) => setNext(event.currentTarget.value)}
      />
      {change.error !== null && (
        <Notice tone="deny" icon="warning" alert>
          {problemText(words, change.error)}
        </Notice>
      )}
      <Button type="submit" loading={change.isPending}>
        {words.security.passwordChange}
      </Button>
    </form>
  );
}

export function PasswordCard() {
  const words = useWords();
  const toast = useToast();
  const [open, setOpen] = useState(false);
  return (
    <section className="card stack setting" aria-labelledby="password-title">
      <h2 id="password-title" className="row">
        <Icon name="key" /> {words.security.password}
      </h2>
      <p className="soft grow">{words.security.passwordText}</p>
      <div>
        <Button variant="default" onClick={() => setOpen(true)}>
          {words.security.passwordChange}
        </Button>
      </div>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={words.security.password}
        closeButtonProps={{ 'aria-label': words.close }}
      >
        <PasswordForm
          onDone={() => {
            toast(words.security.passwordDone);
            setOpen(false);
          }}
        />
      </Modal>
    </section>
  );
}
