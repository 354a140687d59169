import { LIMITS, type Outcome, type VerdictBody } from '../../core/index.ts';
import { isOpen } from './states.ts';
import type { HoldCause, Withdrawal } from './withdrawal-rows.ts';

/** What a verdict means for a withdrawal as it stands. `stay` only records the verdict. */
export type Judgement =
  | { readonly kind: 'ignore'; readonly why: 'older_verdict' | 'too_late' }
  | { readonly kind: 'stay' }
  | { readonly kind: 'deny' }
  | { readonly kind: 'hold'; readonly cause: HoldCause }
  | { readonly kind: 'challenge'; readonly until: Date }
  | { readonly kind: 'approve'; readonly until: Date };

type Judged = Pick<
  Withdrawal,
  'state' | 'holdCause' | 'expiresAt' | 'payloadHash' | 'accountId' | 'verdictRevision' | 'stepUpProof'
>;

/** A verdict for other money or another person permits nothing here, whatever it says. */
function outcomeFor(withdrawal: Judged, body: VerdictBody): Outcome {
  const matches = body.payload_hash === withdrawal.payloadHash && body.subject === withdrawal.accountId;
  if (matches || body.outcome === 'deny' || body.outcome === 'freeze') return body.outcome;
  return 'hold';
}

/** Until when the verdict still permits a signature. */
export function permittedUntil(body: VerdictBody): Date {
  return new Date(Math.min(Date.parse(body.expires_at), Date.parse(body.judged_at) + LIMITS.verdictAgeMs));
}

/**
 * Pure. A stricter verdict always counts while no nonce is reserved. A milder one counts as the first judgement (also late, when
 * the only cause of the hold is that none had come) or as a new one (revision n + 1); it never lifts a hold for a blocked account,
 * never revives what has run out, and a passed second factor stays passed.
 */
export function judgeVerdict(
  withdrawal: Judged,
  body: VerdictBody,
  limits: { readonly stepUpExpiryMs: number },
  now: Date,
): Judgement {
  if (body.revision <= withdrawal.verdictRevision) return { kind: 'ignore', why: 'older_verdict' };
  if (!isOpen(withdrawal.state)) return { kind: 'ignore', why: 'too_late' };
  const outcome = outcomeFor(withdrawal, body);
  if (outcome === 'deny' || outcome === 'freeze') return { kind: 'deny' };
  if (outcome === 'hold')
    return { kind: 'hold', cause: withdrawal.holdCause === 'account_blocked' ? 'account_blocked' : 'verdict' };
  const ranOut = withdrawal.expiresAt !== null && withdrawal.expiresAt <= now;
  if (ranOut) return { kind: 'ignore', why: 'too_late' };
  if (withdrawal.holdCause === 'account_blocked') return { kind: 'stay' };
  const until = permittedUntil(body);
  if (until <= now) return withdrawal.state === 'requested' ? { kind: 'hold', cause: 'no_verdict' } : { kind: 'stay' };
  if (outcome === 'challenge' && withdrawal.stepUpProof === null) {
    if (withdrawal.state === 'awaiting_step_up') return { kind: 'stay' };
    return { kind: 'challenge', until: new Date(Math.min(until.getTime(), now.getTime() + limits.stepUpExpiryMs)) };
  }
  return withdrawal.state === 'approved' ? { kind: 'stay' } : { kind: 'approve', until };
}
