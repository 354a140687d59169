import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useWords } from '../words/use-words.ts';

/** Asked of a session that is no longer fresh, before it may set up a factor. */
export function PresentPassword(props: {
  readonly busy: boolean;
  readonly problem: string | null;
  readonly onPassword: (password: string) => void;
}) {
  const words = useWords();
  const [password, setPassword] = useState('');
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        props.onPassword(password);
        setPassword('');
      }}
    >
      <TextInput
        label={words.security.passwordNow}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={password === '' ? props.problem : null}
        required
      />
      <Button type="submit" loading={props.busy} disabled={password === ''}>
        {words.security.totpContinue}
      </Button>
    </form>
  );
}
