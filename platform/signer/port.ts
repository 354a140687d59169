import type { Statement, Verdict } from '../../core/index.ts';
import type { AdapterDescription } from '../adapter.ts';
import type { Hex } from '../chain/port.ts';

/** What an owner approved, in its canonical form: its RFC 8785 hash is the `payload_hash` that runs through the whole withdrawal. */
export interface WithdrawalPayload {
  readonly withdrawal_id: string;
  readonly account_id: string;
  /** CAIP-19 */
  readonly asset: string;
  /** minor units, decimal digits */
  readonly amount: string;
  /** EIP-55 */
  readonly payee: string;
  readonly chain_id: number;
  /** wei, decimal digits: the most the network fee may be. */
  readonly fee_cap: string;
}

/** Body of the statement the step-up service signs when an owner proved a second factor for exactly this payload. */
export interface StepUpProof {
  readonly kind: 'step_up_passed';
  readonly stepup_id: string;
  readonly account_id: string;
  readonly withdrawal_id: string;
  readonly payload_hash: string;
  readonly method: 'totp' | 'passkey';
  /** RFC 3339 */
  readonly passed_at: string;
  readonly expires_at: string;
}

/** Everything the signer needs to convince itself. It trusts the keys in its own configuration, and no field of the request. */
export interface SignRequest {
  readonly payload: WithdrawalPayload;
  readonly verdict: Verdict;
  readonly stepUp: Statement<StepUpProof> | null;
  readonly nonce: number;
  readonly gasLimit: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

export type SignRefusalCode =
  | 'verdict_invalid'
  | 'verdict_expired'
  | 'verdict_for_other_payload'
  | 'verdict_does_not_allow'
  | 'step_up_missing'
  | 'step_up_invalid'
  | 'over_ceiling'
  | 'fee_over_cap'
  | 'asset_unknown'
  | 'payee_malformed'
  | 'already_signed_otherwise'
  /** The payload is no payment at all: an amount, fee or nonce that cannot be. */
  | 'payload_malformed'
  /** `abandon` came first: this withdrawal will never be signed. */
  | 'abandoned';

export type SignAnswer =
  | { readonly ok: true; readonly rawTransaction: Hex; readonly hash: Hex }
  | { readonly ok: false; readonly refusal: { readonly code: SignRefusalCode; readonly message: string } };

/** `ok`: this withdrawal is not signed and never will be. Otherwise the signature that exists. */
export type AbandonAnswer = { readonly ok: true } | { readonly ok: false; readonly rawTransaction: Hex; readonly hash: Hex };

/** Holds the hot wallet's key in a process of its own, and signs only what carries its evidence. */
export interface Signer {
  readonly description: AdapterDescription;
  /** Lower-case address of the hot wallet. */
  readonly address: Hex;
  /** Account-level BIP-32 extended public key (m/44'/60'/0') from which deposit addresses are derived; no private key leaves. */
  readonly depositXpub: string;
  /** Same withdrawal id, same request: the same signature again. Same id, another request: `already_signed_otherwise`, except a higher fee at the same nonce. */
  sign(request: SignRequest): Promise<SignAnswer>;
  /**
   * Promises, durably, never to sign this withdrawal, so that its nonce may serve another: without that promise a reserved nonce
   * that the signer refuses would stop the hot wallet.
   */
  abandon(withdrawalId: string): Promise<AbandonAnswer>;
  close(): Promise<void>;
}
