import { Pill } from '../ui-kit/index.ts';
import type { Outcome } from './api-types.ts';
import { useWords } from './words/use-words.ts';

export function OutcomePill({ outcome }: { readonly outcome: Outcome }) {
  return <Pill tone={outcome}>{useWords().outcomes[outcome]}</Pill>;
}

/** `wallet.withdrawal.requested` as `withdrawal.requested`: nearly every event is the wallet's. */
export function shortType(type: string): string {
  return type.replace(/^wallet\./, '');
}
