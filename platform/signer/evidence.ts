import type { KeyObject } from 'node:crypto';
import { getAddress } from 'ethers';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  hashJson,
  LIMITS,
  LIVE_STREAM,
  parseMinor,
  type Statement,
  VerdictSchema,
  verifyStatement,
  WALLET_SOURCE,
} from '../../core/index.ts';
import type { SignRefusalCode, SignRequest, StepUpProof, WithdrawalPayload } from './port.ts';

/** An asset the signer will move, and how much of it (minor units): the last bound when everything before it was fooled. */
export interface SignerAsset {
  /** CAIP-19 */
  readonly id: string;
  readonly chainId: number;
  /** EIP-55; null for the chain's native coin. */
  readonly contract: string | null;
  readonly perTransactionMax: bigint;
  /** Over any sixty minutes. */
  readonly perHourMax: bigint;
}

/** Whom the signer believes: from its own configuration, never from a request. */
export interface SignerTrust {
  readonly verdictKeys: ReadonlyMap<string, KeyObject>;
  readonly stepUpKeys: ReadonlyMap<string, KeyObject>;
  readonly assets: ReadonlyMap<string, SignerAsset>;
}

export interface EvidenceRefusal {
  readonly code: SignRefusalCode;
  readonly message: string;
}

const verdictSchema = Compile(VerdictSchema);
const Name = Type.String({ minLength: 1, maxLength: 128 });
const payloadSchema = Compile(
  Type.Object(
    {
      withdrawal_id: Name,
      account_id: Name,
      asset: Name,
      amount: Type.String(),
      payee: Type.String(),
      chain_id: Type.Integer({ minimum: 1 }),
      fee_cap: Type.String(),
    },
    { additionalProperties: false },
  ),
);
/** Two clocks in one house; a verdict from further ahead is not ours. */
const CLOCK_SKEW_MS = 5_000;

function no(code: SignRefusalCode, message: string): EvidenceRefusal {
  return { code, message };
}

function isEip55(address: string): boolean {
  try {
    return getAddress(address) === address;
  } catch {
    return false;
  }
}

function isNonce(nonce: unknown): boolean {
  return typeof nonce === 'number' && Number.isSafeInteger(nonce) && nonce >= 0;
}

/** Whether the request is a payment at all, of an asset we know, within what its fee may be. */
export function checkPayload(request: SignRequest, trust: SignerTrust): EvidenceRefusal | null {
  const { payload } = request;
  if (!payloadSchema.Check(payload)) return no('payload_malformed', 'the payload has not the shape of one');
  const amount = parseMinor(payload.amount);
  const feeCap = parseMinor(payload.fee_cap);
  if (!amount.ok || amount.value === 0n) return no('payload_malformed', 'the amount is a positive whole number of minor units');
  if (!feeCap.ok) return no('payload_malformed', 'the fee cap is a whole number of wei');
  if (!isNonce(request.nonce)) return no('payload_malformed', 'a nonce is a whole number');
  const gas = [request.gasLimit, request.maxFeePerGas, request.maxPriorityFeePerGas];
  if (gas.some((each) => typeof each !== 'bigint' || each < 0n) || request.maxPriorityFeePerGas > request.maxFeePerGas) {
    return no('payload_malformed', 'gas and fees are whole numbers, and the tip is part of the fee');
  }
  if (!isEip55(payload.payee)) return no('payee_malformed', 'the payee is an address in EIP-55 spelling');
  const asset = trust.assets.get(payload.asset);
  if (asset === undefined || asset.chainId !== payload.chain_id) {
    return no('asset_unknown', `${payload.asset} on chain ${payload.chain_id} is not in the signer's configuration`);
  }
  if (request.gasLimit * request.maxFeePerGas > feeCap.value) return no('fee_over_cap', 'the network fee could exceed its cap');
  if (amount.value > asset.perTransactionMax) return no('over_ceiling', 'the amount is over the ceiling of one transaction');
  return null;
}

function checkStepUp(
  statement: Statement<StepUpProof> | null,
  payload: WithdrawalPayload,
  trust: SignerTrust,
  nowMs: number,
): EvidenceRefusal | null {
  if (statement === null) return no('step_up_missing', 'the verdict asks for a second factor, and no proof of one came');
  const proof = verifyStatement(statement, trust.stepUpKeys);
  if (!proof.ok) return no('step_up_invalid', proof.refusal.message);
  const body = proof.value;
  const same =
    body.kind === 'step_up_passed' &&
    body.account_id === payload.account_id &&
    body.withdrawal_id === payload.withdrawal_id &&
    body.payload_hash === hashJson(payload);
  if (!same) return no('step_up_invalid', 'the second factor was proven for another payment');
  const current = Date.parse(body.passed_at) <= nowMs + CLOCK_SKEW_MS && nowMs < Date.parse(body.expires_at);
  return current ? null : no('step_up_invalid', 'the proof of the second factor is not valid now');
}

/** Whether somebody we trust permitted exactly this payload, and recently enough. */
export function checkEvidence(request: SignRequest, trust: SignerTrust, nowMs: number): EvidenceRefusal | null {
  const { payload, verdict } = request;
  if (!verdictSchema.Check(verdict)) return no('verdict_invalid', 'the verdict has not the shape of one');
  const verified = verifyStatement(verdict, trust.verdictKeys);
  if (!verified.ok) return no('verdict_invalid', verified.refusal.message);
  const body = verified.value;
  if (body.stream !== LIVE_STREAM) return no('verdict_invalid', 'a verdict of another stream permits nothing');
  if (body.event_source !== WALLET_SOURCE || body.event_type !== 'wallet.withdrawal.requested') {
    return no('verdict_invalid', 'the verdict is not about a withdrawal of ours');
  }
  if (body.subject !== payload.account_id || body.payload_hash !== hashJson(payload)) {
    return no('verdict_for_other_payload', 'the verdict permits another payment');
  }
  const judgedAt = Date.parse(body.judged_at);
  if (!(judgedAt <= nowMs + CLOCK_SKEW_MS)) return no('verdict_invalid', 'the verdict comes from the future');
  if (!(nowMs < Date.parse(body.expires_at)) || nowMs - judgedAt > LIMITS.verdictAgeMs) {
    return no('verdict_expired', 'the verdict is too old to permit a signature');
  }
  if (body.outcome === 'allow') return null;
  if (body.outcome === 'challenge') return checkStepUp(request.stepUp, payload, trust, nowMs);
  return no('verdict_does_not_allow', `the verdict says ${body.outcome}`);
}
