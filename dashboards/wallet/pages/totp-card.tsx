import { Button, Modal } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { CopyText, ErrorState, Icon, LoadingRows, Pill, useToast } from '../../ui-kit/index.ts';
import { queries } from '../queries.ts';
import { callApi } from '../session/wallet-session.ts';
import { problemText, useWords } from '../words/use-words.ts';
import { CodeInput } from './code-input.tsx';
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
    mutationFn: (code: string | null) => callApi<Enrolment>('POST', '/v1/me/totp/enrol', code === null ? {} : { code }),
  });
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
  const close = (): void => {
    enrol.reset();
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={words.security.totp} closeButtonProps={{ 'aria-label': words.close }}>
      {enrol.data === undefined && replacing && (
        <PresentCode busy={enrol.isPending} problem={problemText(words, enrol.error)} onCode={(code) => enrol.mutate(code)} />
      )}
      {enrol.data === undefined && !replacing && (enrol.error === null ? <LoadingRows /> : <ErrorState error={enrol.error} />)}
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
            if (!on) enrol.mutate(null);
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
