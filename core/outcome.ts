/** What a verdict says, mildest first. The order is the precedence: `freeze > deny > hold > challenge > allow`. */
export const OUTCOMES = ['allow', 'challenge', 'hold', 'deny', 'freeze'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The stricter of two outcomes. */
export function stricter(left: Outcome, right: Outcome): Outcome {
  return OUTCOMES.indexOf(left) >= OUTCOMES.indexOf(right) ? left : right;
}

/** What may follow a verdict; idempotent by (verdict id, action). */
export const ACTIONS = ['freeze', 'restrict', 'hold', 'step_up', 'revoke_sessions', 'notify', 'open_case'] as const;
export type Action = (typeof ACTIONS)[number];

export const LEVELS = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Level = (typeof LEVELS)[number];
