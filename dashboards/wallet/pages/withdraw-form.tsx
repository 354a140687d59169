import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatAmount, parseAmount, plainAmount } from '../../ui-kit/index.ts';
import type { Balance } from '../api-types.ts';
import { useWords, type Words } from '../words/use-words.ts';
import { checkPayee } from './check-payee.ts';
import type { Draft } from './withdraw-page.tsx';

type AmountIssue = keyof Words['withdraw']['problems'];

function checkAmount(text: string, balance: Balance): { readonly minor: bigint } | { readonly issue: AmountIssue } {
  const parsed = parseAmount(text, balance.decimals);
  if (!parsed.ok) return { issue: parsed.problem };
  if (parsed.minor === 0n) return { issue: 'zero' };
  return parsed.minor > BigInt(balance.available) ? { issue: 'tooMuch' } : { minor: parsed.minor };
}

function AmountInput(props: {
  readonly asset: Balance;
  readonly value: string;
  readonly issue: AmountIssue | null;
  readonly onChange: (text: string) => void;
  readonly onBlur: () => void;
}) {
  const words = useWords().withdraw;
  const { asset, issue } = props;
  const available = BigInt(asset.available);
  return (
    <TextInput
      label={words.amount}
      size="lg"
      classNames={{ input: 'num amount-input' }}
      inputMode="decimal"
      autoComplete="off"
      placeholder="0"
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value)}
      onBlur={props.onBlur}
      error={issue === null ? undefined : words.problems[issue]}
      description={words.available(`${formatAmount(available, asset.decimals)} ${asset.symbol}`)}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      rightSectionWidth={110}
      rightSection={
        <span className="row amount-side">
          <span className="symbol">{asset.symbol}</span>
          <Button variant="light" size="compact-sm" onClick={() => props.onChange(plainAmount(available, asset.decimals))}>
            {words.max}
          </Button>
        </span>
      }
    />
  );
}

interface FormProps {
  readonly balances: readonly Balance[];
  /** What was filled in before, when coming back from the review. */
  readonly draft: Draft | null;
  readonly onReview: (draft: Draft) => void;
}

/** Problems show once the form was sent or the field left, not while the first characters are typed. */
export function WithdrawForm({ balances, draft, onReview }: FormProps) {
  const words = useWords().withdraw;
  const [assetId, setAssetId] = useState(draft?.asset.asset ?? balances.find((each) => each.available !== '0')?.asset);
  const asset = balances.find((each) => each.asset === assetId) ?? balances[0];
  const [amount, setAmount] = useState(draft === null ? '' : plainAmount(draft.amount, draft.asset.decimals));
  const [payee, setPayee] = useState(draft?.payee ?? '');
  const [shown, setShown] = useState({ amount: false, payee: false });
  if (asset === undefined) return null;
  const checked = checkAmount(amount, asset);
  const payeeIssue = checkPayee(payee.trim());
  return (
    <form
      className="stack stack-wide"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setShown({ amount: true, payee: true });
        if ('minor' in checked && payeeIssue === null)
          onReview({ withdrawalId: crypto.randomUUID(), asset, amount: checked.minor, payee: payee.trim() });
      }}
    >
      {balances.length > 1 && (
        <NativeSelect
          label={words.asset}
          size="md"
          value={asset.asset}
          onChange={(event) => setAssetId(event.currentTarget.value)}
          data={balances.map((each) => ({ value: each.asset, label: each.symbol }))}
        />
      )}
      <AmountInput
        asset={asset}
        value={amount}
        issue={shown.amount && 'issue' in checked ? checked.issue : null}
        onChange={setAmount}
        onBlur={() => setShown((before) => ({ ...before, amount: amount !== '' }))}
      />
      <TextInput
        label={words.payee}
        size="md"
        classNames={{ input: 'mono' }}
        placeholder="0x…"
        autoComplete="off"
        spellCheck={false}
        value={payee}
        onChange={(event) => setPayee(event.currentTarget.value)}
        onBlur={() => setShown((before) => ({ ...before, payee: payee !== '' }))}
        error={shown.payee && payeeIssue !== null ? words.problems[payeeIssue] : undefined}
        description={words.payeeHint}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
      />
      <Button type="submit" size="md">
        {words.review}
      </Button>
    </form>
  );
}
