import type { Hex } from '../chain/port.ts';
import type { SignerAsset } from './evidence.ts';
import type { AbandonAnswer, SignAnswer, SignRequest } from './port.ts';

/** First message to the signer's process. The passphrase travels here, never by environment or arguments, which others can read. */
export interface SignerSetup {
  readonly kind: 'setup';
  readonly directory: string;
  readonly passphrase: string;
  /** SubjectPublicKeyInfo, PEM */
  readonly verdictKeys: readonly string[];
  readonly stepUpKeys: readonly string[];
  readonly assets: readonly SignerAsset[];
}

export type SignerCall =
  | { readonly kind: 'sign'; readonly request: SignRequest }
  | { readonly kind: 'abandon'; readonly withdrawalId: string };

export type ToSigner = SignerSetup | (SignerCall & { readonly id: number });

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

export type FromSigner =
  | { readonly kind: 'ready'; readonly address: Hex; readonly depositXpub: string }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: SignAnswer | AbandonAnswer };
