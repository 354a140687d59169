/** Where an event left the road. Append-only; the `stage` of dead letters. */
export type Stage = 'decode' | 'features' | 'import';

export interface DeadLetterCause {
  readonly stage: Stage;
  /** Stable code, a metric label. */
  readonly reason: string;
  /** One sentence for a person: where, and what was expected. */
  readonly detail: string;
}

/** What one step says of one event. `hold` is “cannot decide”: the event is judged, and money out does not move. */
export type StepOutcome<Value> =
  | { readonly kind: 'pass'; readonly value: Value }
  | { readonly kind: 'drop'; readonly reason: 'duplicate' }
  | { readonly kind: 'hold'; readonly value: Value; readonly cause: string }
  | { readonly kind: 'deadLetter'; readonly cause: DeadLetterCause };

export type Step<Input, Output> = (input: Input) => StepOutcome<Output>;

export function pass<Value>(value: Value): StepOutcome<Value> {
  return { kind: 'pass', value };
}

export function deadLetter(stage: Stage, reason: string, detail: string): StepOutcome<never> {
  return { kind: 'deadLetter', cause: { stage, reason, detail } };
}

/** Runs `next` on what `first` passed on; any other outcome is final. */
export function andThen<Input, Middle, Output>(first: Step<Input, Middle>, next: Step<Middle, Output>): Step<Input, Output> {
  return (input) => {
    const outcome = first(input);
    if (outcome.kind === 'pass') return next(outcome.value);
    if (outcome.kind === 'hold') throw new TypeError('only the last step may hold');
    return outcome;
  };
}
