import { Button, Modal } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem, CopyText, ErrorState, Icon, LoadingRows, Pill, useToast } from '../../ui-kit/index.ts';
import { queries } from '../queries.ts';
import { callApi } from '../session/wallet-session.ts';
import { problemText, useWords } from '../words/use-words.ts';
import { CodeInput } from './code-input.tsx';
import { PresentPassword } from './present-password.tsx';
import { QrCode } from './qr-code.tsx';

interface Enrolment {
  readonly secret: string;
  readonly otpauth_uri: string;
}

function PresentCode(props: {
  readonly busy: boolean;
  readonly problem: string | null;
  readonly onCode: (code: string) => void;
}) {
  const words = useWords();
  const [code, setCode] = useState('');
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        props.onCode(code);
        setCode('');
      }}
    >
      <CodeInput label={words.security.totpCurrent} value={code} onChange={setCode} error={code === '' ? props.problem : null} />
      <Button type="submit" loading={props.busy} disabled={code.length !== 6}>
        {words.security.totpContinue}
      </Button>
    </form>
  );
}

function ConfirmEnrolment({ enrolment, onDone }: { readonly enrolment: Enrolment; readonly onDone: () => void }) {
  const words = useWords();
  const [code, setCode] = useState('');
  const confirm = useMutation({
    mutationFn: () => callApi<undefined>('POST', '/v1/me/totp/confirm', { code }),
    onSuccess: onDone,
    onError: () => setCode(''),
  });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate();
      }}
    >
      <p className="soft">{words.security.totpScan}</p>
      <div className="totp-secret">
        <QrCode text={enrolment.otpauth_uri} label={words.security.totp} />
        <div className="grow">
          <span className="soft small">{words.security.totpKey}</span>
          <div>
            <CopyText value={enrolment.secret} />
          </div>
        </div>
      </div>
      <CodeInput
        label={words.security.totpCode}
        value={code}
        onChange={setCode}
        error={code === '' ? problemText(words, confirm.error) : null}
      />
      <Button type="submit" loading={confirm.isPending} disabled={code.length !== 6}>
        {words.security.totpConfirm}
      </Button>
    </form>
  );
}

function useEnrolment() {
  return useMutation({
    mutationFn: (proof: { readonly code?: string; readonly password?: string }) =>
      callApi<Enrolment>('POST', '/v1/me/totp/enrol', proof),
  });
}

/** A session that is not fresh any more proves its owner by the password. */
function needsPassword(error: unknown): boolean {
  return error instanceof ApiProblem && error.code === 'password_needed';
}

interface DialogProps {
  readonly opened: boolean;
  readonly replacing: boolean;
  readonly enrol: ReturnType<typeof useEnrolment>;
  readonly onClose: () => void;
}

/** Replacing asks for a code of the present app first; a first enrolment was begun by the button that opened this. */
function EnrolDialog({ opened, replacing, enrol, onClose }: DialogProps) {
  const words = useWords();
  const toast = useToast();
  const client = useQueryClient();
  const asksPassword = enrol.variables?.password !== undefined || needsPassword(enrol.error);
  const close = (): void => {
    enrol.reset();
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={words.security.totp} closeButtonProps={{ 'aria-label': words.close }}>
      {enrol.data === undefined && replacing && (
        <PresentCode busy={enrol.isPending} problem={problemText(words, enrol.error)} onCode={(code) => enrol.mutate({ code })} />
      )}
      {enrol.data === undefined &&
        !replacing &&
        !asksPassword &&
        (enrol.error === null ? <LoadingRows /> : <ErrorState error={enrol.error} />)}
      {enrol.data === undefined && !replacing && asksPassword && (
        <PresentPassword
          busy={enrol.isPending}
          problem={problemText(words, enrol.error)}
          onPassword={(password) => enrol.mutate({ password })}
        />
      )}
      {enrol.data !== undefined && (
        <ConfirmEnrolment
          enrolment={enrol.data}
          onDone={() => {
            toast(words.security.totpDone);
            void client.invalidateQueries({ queryKey: ['me'] });
            close();
          }}
        />
      )}
    </Modal>
  );
}

export function TotpCard() {
  const words = useWords().security;
  const me = useQuery(queries.me);
  const [open, setOpen] = useState(false);
  const enrol = useEnrolment();
  const on = me.data?.factors.totp ?? false;
  return (
    <section className="card stack setting" aria-labelledby="totp-title">
      <div className="row spread">
        <h2 id="totp-title" className="row">
          <Icon name="phone" /> {words.totp}
        </h2>
        <Pill tone={on ? 'allow' : 'challenge'}>{on ? words.totpOn : words.totpOff}</Pill>
      </div>
      <p className="soft grow">{words.totpText}</p>
      <div>
        <Button
          variant={on ? 'default' : 'filled'}
          disabled={me.data === undefined}
          onClick={() => {
            if (!on) enrol.mutate({});
            setOpen(true);
          }}
        >
          {on ? words.totpReplace : words.totpSet}
        </Button>
      </div>
      <EnrolDialog opened={open} replacing={on} enrol={enrol} onClose={() => setOpen(false)} />
    </section>
  );
}
