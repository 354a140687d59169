import { Button, Modal, Textarea } from '@mantine/core';
import { useState } from 'react';
import { Notice } from '../ui-kit/index.ts';
import { useWords } from './words/use-words.ts';

/** The API asks for as much (audit rows without a reason help nobody). */
const REASON_MIN = 3;
const REASON_MAX = 500;

interface ReasonDialogProps {
  readonly opened: boolean;
  readonly title: string;
  readonly text: string;
  readonly verb: string;
  readonly danger: boolean;
  readonly busy: boolean;
  readonly problem: string | null;
  readonly onConfirm: (reason: string) => void;
  readonly onClose: () => void;
}

function ReasonForm(props: ReasonDialogProps) {
  const words = useWords();
  const [reason, setReason] = useState('');
  const enough = reason.trim().length >= REASON_MIN;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (enough) props.onConfirm(reason.trim());
      }}
    >
      <p>{props.text}</p>
      <Textarea
        label={words.reason}
        description={words.reasonHint}
        required
        data-autofocus
        autosize
        minRows={3}
        maxLength={REASON_MAX}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {props.problem !== null && (
        <Notice tone="deny" icon="warning" alert>
          {props.problem}
        </Notice>
      )}
      <div className="row buttons">
        <Button variant="default" onClick={props.onClose}>
          {words.cancel}
        </Button>
        <Button
          className="grow"
          type="submit"
          {...(props.danger ? { color: 'red' } : {})}
          loading={props.busy}
          disabled={!enough}
        >
          {props.verb}
        </Button>
      </div>
    </form>
  );
}

/** Every act of staff carries its reason into the audit log. */
export function ReasonDialog(props: ReasonDialogProps) {
  const words = useWords();
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title} closeButtonProps={{ 'aria-label': words.close }}>
      <ReasonForm {...props} />
    </Modal>
  );
}
