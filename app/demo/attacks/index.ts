import type { Attack } from './attack.ts';
import { forgedCallback, replayedCallback } from './callbacks.ts';
import { credentialStuffing } from './credential-stuffing.ts';
import { failedTransaction, lookAlikeToken, silentFalseToken, spoofedEvent } from './fake-deposits.ts';
import { muleRing } from './mule-ring.ts';
import { dpopProofReplay, refreshTokenReplay, withdrawalReplay } from './session-replays.ts';
import { takeoverCashOut } from './takeover-cash-out.ts';

/** Every kind of attack that the demo world knows. */
export const ATTACKS: readonly Attack[] = [
  credentialStuffing,
  takeoverCashOut,
  refreshTokenReplay,
  dpopProofReplay,
  withdrawalReplay,
  silentFalseToken,
  lookAlikeToken,
  failedTransaction,
  spoofedEvent,
  forgedCallback,
  replayedCallback,
  muleRing,
];
