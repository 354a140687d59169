export type * from './port.ts';
export type { SignerAsset } from './evidence.ts';
export { type KeystoreSignerOptions, openKeystoreSigner } from './open-keystore-signer.ts';
export { loadOrCreateSigningKey, type SigningKey } from './signing-key.ts';
export { loadOrCreateSealed } from './sealed-file.ts';
export { callOf } from './sign-transaction.ts';
