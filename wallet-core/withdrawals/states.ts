/** Where a withdrawal stands. Append-only: they are stored, shown and counted. */
export const WITHDRAWAL_STATES = [
  'requested',
  'awaiting_step_up',
  'held',
  'approved',
  'signing',
  'signed',
  'broadcast',
  'confirming',
  'confirmed',
  'denied',
  'cancelled',
  'expired',
  'failed',
] as const;
export type WithdrawalState = (typeof WITHDRAWAL_STATES)[number];

/**
 * What may follow what. From `signing` on a nonce is reserved: nothing expires and nothing is cancelled. `signing → failed` needs
 * the signer's promise never to sign; `confirming → failed` a transaction that the chain reverted; `confirming → broadcast` is a reorg.
 */
export const TRANSITIONS: Readonly<Record<WithdrawalState, readonly WithdrawalState[]>> = {
  requested: ['awaiting_step_up', 'held', 'approved', 'denied', 'cancelled', 'expired'],
  awaiting_step_up: ['held', 'approved', 'denied', 'cancelled', 'expired'],
  held: ['held', 'awaiting_step_up', 'approved', 'denied', 'cancelled', 'expired'],
  approved: ['signing', 'held', 'awaiting_step_up', 'denied', 'cancelled', 'expired'],
  signing: ['signed', 'failed'],
  signed: ['broadcast'],
  broadcast: ['confirming'],
  confirming: ['broadcast', 'confirmed', 'failed'],
  confirmed: [],
  denied: [],
  cancelled: [],
  expired: [],
  failed: [],
};

export function mayFollow(from: WithdrawalState, to: WithdrawalState): boolean {
  return TRANSITIONS[from].includes(to);
}

/** Before a nonce is reserved: a person or time may still end it. */
export function isOpen(state: WithdrawalState): boolean {
  return mayFollow(state, 'cancelled');
}

/** Ended without payment: the money set aside goes back. */
export function isGivenBack(state: WithdrawalState): boolean {
  return state === 'denied' || state === 'cancelled' || state === 'expired' || state === 'failed';
}
