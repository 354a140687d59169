import { formatAmount } from '../../ui-kit/index.ts';

/** An amount with its symbol, every digit shown. */
export function MoneyText(props: { readonly amount: string; readonly decimals: number; readonly symbol: string }) {
  return (
    <span className="num money">
      {formatAmount(BigInt(props.amount), props.decimals)} <span className="symbol">{props.symbol}</span>
    </span>
  );
}
