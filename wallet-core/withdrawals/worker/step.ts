/** What a step says: look at the withdrawal again at once, later, or it has ended. */
export type StepOutcome = 'again' | 'wait' | 'done';
