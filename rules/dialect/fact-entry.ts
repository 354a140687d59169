import type { KnownFact } from './check-condition.ts';

/** One fact that rules and models may read. */
export interface FactEntry extends KnownFact {
  readonly name: string;
  /** One sentence for hover text. */
  readonly doc: string;
}
