import { Button } from '@mantine/core';
import { Notice } from '../../ui-kit/index.ts';
import { useWords } from '../words/use-words.ts';
import { PaymentFacts } from './payment-facts.tsx';
import type { Draft } from './withdraw-page.tsx';

export function WithdrawReview(props: {
  readonly draft: Draft;
  readonly knownPayee: boolean;
  readonly sending: boolean;
  readonly problem: string | null;
  readonly onSend: () => void;
  readonly onEdit: () => void;
}) {
  const words = useWords().withdraw;
  const { draft, sending } = props;
  return (
    <div className="stack stack-wide">
      <h2>{words.reviewTitle}</h2>
      <PaymentFacts
        amount={draft.amount.toString()}
        decimals={draft.asset.decimals}
        symbol={draft.asset.symbol}
        payee={draft.payee}
      />
      <Notice tone={props.knownPayee ? 'plain' : 'challenge'} icon={props.knownPayee ? 'check' : 'warning'}>
        {props.knownPayee ? words.knownPayee : words.firstUse}
      </Notice>
      {props.problem !== null && (
        <Notice tone="deny" icon="warning" alert>
          {props.problem}
        </Notice>
      )}
      <div className="row buttons">
        <Button variant="default" size="md" onClick={props.onEdit} disabled={sending}>
          {words.edit}
        </Button>
        <Button className="grow" size="md" onClick={props.onSend} loading={sending}>
          {words.send}
        </Button>
      </div>
      <p className="small soft" role="status">
        {sending ? words.checking : ''}
      </p>
    </div>
  );
}
