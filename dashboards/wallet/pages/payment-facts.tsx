import { useWords } from '../words/use-words.ts';
import { MoneyText } from './money-text.tsx';

/** The address in groups of four, so that eyes can compare it. */
function GroupedAddress({ address }: { readonly address: string }) {
  const groups = [address.slice(0, 2), ...(address.slice(2).match(/.{1,4}/g) ?? [])];
  return (
    <span className="grouped mono" role="text" aria-label={address}>
      {groups.map((group, index) => (
        <span key={`${index}${group}`} aria-hidden="true">
          {group}
        </span>
      ))}
    </span>
  );
}

/** Exactly what is paid to whom: the same picture in the review and where a code approves it. */
export function PaymentFacts(props: {
  readonly amount: string;
  readonly decimals: number;
  readonly symbol: string;
  readonly payee: string;
}) {
  const words = useWords().withdraw;
  return (
    <dl className="payment-facts">
      <div>
        <dt>{words.youSend}</dt>
        <dd className="payment-amount">
          <MoneyText amount={props.amount} decimals={props.decimals} symbol={props.symbol} />
        </dd>
      </div>
      <div>
        <dt>{words.to}</dt>
        <dd>
          <GroupedAddress address={props.payee} />
        </dd>
      </div>
      <div>
        <dt>{words.network}</dt>
        <dd>{words.networkText}</dd>
      </div>
    </dl>
  );
}
