import { Type } from 'typebox';
import { MINOR_PATTERN } from './money.ts';

const Id = Type.String({ minLength: 1, maxLength: 128 });
const Hex32 = Type.String({ pattern: '^0x[0-9a-f]{64}$' });
const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Address = Type.String({ pattern: '^0x[0-9a-fA-F]{40}$' });
const Asset = Type.String({ minLength: 3, maxLength: 120, description: 'CAIP-19 asset id, or iso4217:EUR' });
const Amount = Type.String({ pattern: MINOR_PATTERN, description: 'minor units' });
const Reason = Type.String({ pattern: '^[a-z0-9_.-]{1,100}$' });
const ChainId = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
/** USD value in cents, for judging risk only; stamped by ingest where the producer leaves it out. */
const UsdCents = Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));

/** The network end of the request that caused the event, as the wallet's server saw it. */
export const ClientSchema = Type.Object(
  {
    ip: Type.String({ minLength: 2, maxLength: 45 }),
    user_agent: Type.String({ maxLength: 256 }),
    device_id: Type.Union([Id, Type.Null()], { description: 'RFC 7638 thumbprint of the device’s own key' }),
    session_id: Type.Union([Id, Type.Null()]),
  },
  { additionalProperties: false },
);

function data<Properties extends Parameters<typeof Type.Object>[0]>(properties: Properties) {
  return Type.Object(properties, { additionalProperties: false });
}

const StepUp = data({
  stepup_id: Id,
  method: Type.Union([Type.Literal('totp'), Type.Literal('email_code'), Type.Literal('passkey')]),
  purpose: Type.Union([Type.Literal('login'), Type.Literal('withdrawal')]),
  target_id: Id,
  payload_hash: Digest,
  client: ClientSchema,
});

const DepositSeen = {
  deposit_id: Id,
  chain_id: ChainId,
  tx_hash: Hex32,
  /** `log:3` is the fourth log of the receipt; `value` the transaction's own value. Never the block-scoped logIndex. */
  position: Type.String({ pattern: '^(value|log:[0-9]{1,6}|trace:[0-9.]{1,100})$' }),
  asset: Asset,
  amount: Amount,
  amount_usd_cents: UsdCents,
  from: Address,
  to: Address,
};

const Withdrawal = {
  withdrawal_id: Id,
  asset: Asset,
  amount: Amount,
  amount_usd_cents: UsdCents,
  payee: Address,
  payload_hash: Digest,
};

/** Data of every event type, append-only. A property that is missing here is refused at the door. */
export const EVENT_DATA = {
  'wallet.account.registered': data({ email_hash: Digest, email_domain: Type.String({ maxLength: 255 }), client: ClientSchema }),
  'wallet.login.attempted': data({
    identifier_hash: Digest,
    /** Whether the credentials were right, which is not yet whether the login succeeds: that is the verdict's to say. */
    result: Type.Union([
      Type.Literal('password_ok'),
      Type.Literal('bad_password'),
      Type.Literal('unknown_account'),
      Type.Literal('throttled'),
    ]),
    factor: Type.Union([Type.Literal('password'), Type.Literal('passkey')]),
    client: ClientSchema,
  }),
  'wallet.session.refreshed': data({ session_id: Id, grant_id: Id, client: ClientSchema }),
  'wallet.session.token-reused': data({
    session_id: Type.Union([Id, Type.Null()]),
    grant_id: Id,
    token: Type.Union([Type.Literal('refresh_token'), Type.Literal('authorization_code')]),
    client: ClientSchema,
  }),
  'wallet.session.revoked': data({ session_id: Id, reason: Reason }),
  'wallet.device.bound': data({ device_id: Id, first: Type.Boolean(), client: ClientSchema }),
  'wallet.device.trusted': data({ device_id: Id, client: ClientSchema }),
  'wallet.device.removed': data({ device_id: Id, reason: Reason }),
  'wallet.credential.changed': data({
    credential: Type.Union([
      Type.Literal('password'),
      Type.Literal('totp'),
      Type.Literal('email'),
      Type.Literal('recovery_codes'),
    ]),
    client: ClientSchema,
  }),
  'wallet.credential.expiring': data({ credential: Reason, expires_at: Type.String({ format: 'date-time' }) }),
  'wallet.credential.rotated': data({ credential: Reason }),
  'wallet.request.rejected': data({
    reason: Type.Union([
      Type.Literal('replayed'),
      Type.Literal('expired'),
      Type.Literal('bad_signature'),
      Type.Literal('csrf'),
      Type.Literal('rate_limited'),
    ]),
    /** Which door refused it: `oidc.token`, `api.withdrawals`, `provider.callback`. */
    door: Reason,
    detail: Reason,
    client: ClientSchema,
  }),
  'wallet.stepup.requested': StepUp,
  'wallet.stepup.passed': StepUp,
  'wallet.stepup.failed': StepUp,
  'wallet.payee.added': data({ payee_id: Id, address: Address, chain_id: ChainId, client: ClientSchema }),
  'wallet.deposit.claimed': data({
    claim_id: Id,
    chain_id: Type.Union([ChainId, Type.Null()]),
    tx_hash: Type.Union([Hex32, Type.Null()]),
    claimed_by: Type.Union([Type.Literal('owner'), Type.Literal('provider')]),
    provider: Type.Union([Reason, Type.Null()]),
  }),
  'wallet.deposit.observed': data({ ...DepositSeen, confirmations: Type.Integer({ minimum: 0 }) }),
  'wallet.deposit.confirmed': data({ ...DepositSeen, confirmations: Type.Integer({ minimum: 0 }), evidence_hash: Digest }),
  /** An attempt to be credited that the verifier refused; `attack` is its row in the attack catalogue (E01 …), where one matches. */
  'wallet.deposit.rejected': data({
    claim_id: Type.Union([Id, Type.Null()]),
    chain_id: Type.Union([ChainId, Type.Null()]),
    tx_hash: Type.Union([Hex32, Type.Null()]),
    attack: Type.Union([Type.String({ pattern: '^[EF][0-9]{2}$' }), Type.Null()]),
    reason: Reason,
  }),
  'wallet.deposit.reversed': data({ ...DepositSeen, reason: Reason }),
  'wallet.withdrawal.requested': data({ ...Withdrawal, payee_is_new: Type.Boolean(), client: ClientSchema }),
  'wallet.withdrawal.approved': data({
    ...Withdrawal,
    by: Type.Union([Type.Literal('verdict'), Type.Literal('step_up'), Type.Literal('staff')]),
  }),
  'wallet.withdrawal.signed': data({ ...Withdrawal, tx_hash: Hex32, nonce: Type.Integer({ minimum: 0 }) }),
  'wallet.withdrawal.broadcast': data({ ...Withdrawal, tx_hash: Hex32 }),
  'wallet.withdrawal.confirmed': data({ ...Withdrawal, tx_hash: Hex32, block_number: Type.Integer({ minimum: 0 }) }),
  'wallet.withdrawal.failed': data({ ...Withdrawal, reason: Reason }),
  'wallet.withdrawal.cancelled': data({ ...Withdrawal, reason: Reason }),
  'wallet.transfer.posted': data({
    transfer_id: Id,
    asset: Asset,
    amount: Amount,
    amount_usd_cents: UsdCents,
    to_account: Id,
    client: ClientSchema,
  }),
  'wallet.kyc.changed': data({ tier: Type.Integer({ minimum: 0, maximum: 9 }) }),
  'wallet.key.used': data({ key_id: Id, purpose: Reason }),
  'wallet.key.rotated': data({ key_id: Id }),
  'wallet.staff.acted': data({ staff_id: Id, act: Reason, target: Id, reason: Type.String({ maxLength: 500 }) }),
  /** One payment of somebody else's system: what an import or an engine-only integrator sends. */
  'payment.card.authorized': data({
    payment_id: Id,
    payer: Id,
    terminal: Id,
    amount: Amount,
    asset: Asset,
    amount_usd_cents: UsdCents,
    label_fraud: Type.Optional(
      Type.Boolean({ description: 'known afterwards; kept for measuring, never read by rules or features' }),
    ),
  }),
} as const;

export type EventType = keyof typeof EVENT_DATA;

export function isEventType(name: string): name is EventType {
  return Object.hasOwn(EVENT_DATA, name);
}
