import type { Outcome } from '../../../core/index.ts';
import type { AttackKind } from '../attacks/attack.ts';

/** How one attack went. */
export interface AttackReport {
  readonly id: string;
  readonly kind: AttackKind;
  readonly variant: string;
  /** A rule's verdict of challenge or stricter on something that this attack, and nobody else, did. */
  readonly detected: boolean;
  /** The strictest of those verdicts. */
  readonly outcome: Outcome | null;
  /** Milliseconds from the first hostile act to the first of those verdicts. */
  readonly delay_ms: number | null;
  /** What left on the chain, or was credited without having come in. */
  readonly usd_lost: number;
  /** The part of it that was asked for after the detection. */
  readonly usd_lost_after_detection: number;
  readonly rules: readonly string[];
}

/** An honest customer who came to harm: frozen, refused, or money kept back. */
export interface HurtCustomer {
  readonly account_id: string;
  readonly how: string;
}

export interface DemoReport {
  readonly seed: number;
  readonly events: number;
  readonly verdicts: number;
  readonly attacks: readonly AttackReport[];
  readonly customers: { readonly good: number; readonly challenged: number; readonly hurt: number };
  readonly ledger: { readonly balanced: boolean };
  readonly hurt: readonly HurtCustomer[];
  readonly seconds: number;
}

/** The figures alone, as `--json` prints them. */
export function toJson(report: DemoReport) {
  const { seed, events, verdicts, customers, ledger } = report;
  const attacks = report.attacks.map(({ id, kind, detected, outcome, delay_ms, usd_lost }) => {
    return { id, kind, detected, outcome, delay_ms, usd_lost };
  });
  return { seed, events, verdicts, attacks, customers, ledger };
}

/** What makes the demo fail: an attack missed, money lost after it was seen, an honest customer hurt, books out of balance. */
export function problemsOf(report: DemoReport): string[] {
  const { attacks, hurt, ledger } = report;
  return [
    ...attacks.filter(({ detected }) => !detected).map(({ id }) => `${id} was not seen`),
    ...attacks
      .filter(({ usd_lost_after_detection: lost }) => lost > 0)
      .map(({ id, usd_lost_after_detection: lost }) => `${id} took ${lost.toFixed(2)} USD after it was seen`),
    ...hurt.map(({ account_id: id, how }) => `honest customer ${id} was hurt: ${how}`),
    ...(ledger.balanced ? [] : ['the books are not balanced']),
  ];
}
