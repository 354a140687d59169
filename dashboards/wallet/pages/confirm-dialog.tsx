import { Button, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { Notice } from '../../ui-kit/index.ts';
import { useWords } from '../words/use-words.ts';

/** A question before something that cannot be taken back, with what happens in words. */
export function ConfirmDialog(props: {
  readonly opened: boolean;
  readonly title: string;
  readonly verb: string;
  readonly busy: boolean;
  readonly problem: string | null;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const words = useWords();
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title} closeButtonProps={{ 'aria-label': words.close }}>
      <div className="stack">
        <div>{props.children}</div>
        {props.problem !== null && (
          <Notice tone="deny" icon="warning" alert>
            {props.problem}
          </Notice>
        )}
        <div className="row buttons">
          <Button variant="default" onClick={props.onClose}>
            {words.cancel}
          </Button>
          <Button className="grow" color="red" loading={props.busy} onClick={props.onConfirm}>
            {props.verb}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
