import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import {
  hashJson,
  LIMITS,
  type StatementSigner,
  statementSigner,
  type Verdict,
  type VerdictBody,
  WALLET_SOURCE,
} from '../../core/index.ts';
import type { SignRequest, StepUpProof, WithdrawalPayload } from './port.ts';

/** A fresh Ed25519 key for tests: its signer, and the PEM that others trust. */
export function testStatementKey(): { signer: StatementSigner; publicKeyPem: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKeyPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  return { signer: statementSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()), publicKeyPem };
}

/** The verdict an engine would sign for this payload. */
export function verdictFor(
  payload: WithdrawalPayload,
  signer: StatementSigner,
  nowMs: number,
  overrides: Partial<VerdictBody> = {},
): Verdict {
  const body: VerdictBody = {
    id: '00000000-0000-8000-8000-000000000001',
    event_id: '00000000-0000-7000-8000-000000000001',
    event_source: WALLET_SOURCE,
    event_type: 'wallet.withdrawal.requested',
    event_time: new Date(nowMs).toISOString(),
    subject: payload.account_id,
    stream: 'live',
    payload_hash: hashJson(payload),
    revision: 1,
    outcome: 'allow',
    score: 0,
    actions: [],
    reasons: [],
    undecided: {},
    shadow: [],
    models: [],
    degraded: null,
    facts: {},
    judged_at: new Date(nowMs).toISOString(),
    expires_at: new Date(nowMs + LIMITS.verdictAgeMs).toISOString(),
    receipt: {
      arrival: '1',
      topic: 'wallet.events',
      partition: 0,
      offset: '0',
      rules_revision: 'r',
      models_revision: 'm',
      lists_revision: 'l',
      features_revision: 'f',
      previous: '0'.repeat(64),
    },
    ...overrides,
  };
  return signer.sign(body);
}

/** The proof a step-up service would sign for this payload. */
export function stepUpFor(
  payload: WithdrawalPayload,
  signer: StatementSigner,
  nowMs: number,
  overrides: Partial<StepUpProof> = {},
): NonNullable<SignRequest['stepUp']> {
  return signer.sign({
    kind: 'step_up_passed',
    stepup_id: 'stepup-1',
    account_id: payload.account_id,
    withdrawal_id: payload.withdrawal_id,
    payload_hash: hashJson(payload),
    method: 'totp',
    passed_at: new Date(nowMs).toISOString(),
    expires_at: new Date(nowMs + 60_000).toISOString(),
    ...overrides,
  });
}
