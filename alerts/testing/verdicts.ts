import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { hashJson, statementSigner, TOPICS, type Verdict, type VerdictBody } from '../../core/index.ts';
import type { StoredRecord } from '../../platform/event-log/port.ts';
import { derivedId } from '../alert.ts';

const keys = generateKeyPairSync('ed25519');
const signer = statementSigner(keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());

/** The keys that the tests' verdicts are signed with. */
export const TEST_VERDICT_KEYS = new Map([
  [signer.keyId, createPublicKey(keys.publicKey.export({ type: 'spki', format: 'pem' }))],
]);

export const CHROME_ON_WINDOWS =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

const CLIENT_FACTS = { 'data.client.ip': '203.0.113.7', 'data.client.user_agent': CHROME_ON_WINDOWS };

/** A verdict body; `name` makes the ids, so that the same name is the same verdict. */
export function verdictBody(name: string, change: Partial<VerdictBody> = {}): VerdictBody {
  const revision = change.revision ?? 1;
  return {
    id: derivedId('verdict', name, revision),
    event_id: derivedId('event', name),
    event_source: 'urn:bulwark:wallet',
    event_type: 'wallet.withdrawal.requested',
    event_time: '2026-11-21T14:02:00.000Z',
    subject: 'ana',
    stream: 'live',
    payload_hash: null,
    revision,
    outcome: 'hold',
    score: 700,
    actions: [],
    reasons: [
      {
        rule: 'takeover.new-device-cashout',
        version: '0123456789ab',
        title: 'Cash-out soon after a new device',
        level: 'high',
        outcome: 'hold',
        score: 700,
        facts: { 'device.age_hours': 0.4 },
        words: ['device.age_hours is 0.4, less than 24'],
      },
    ],
    undecided: {},
    shadow: [],
    models: [],
    degraded: null,
    judged_at: '2026-11-21T14:02:00.010Z',
    expires_at: '2026-11-21T14:17:00.010Z',
    receipt: {
      arrival: '1',
      topic: TOPICS.events,
      partition: 0,
      offset: '0',
      rules_revision: 'r',
      models_revision: 'none',
      lists_revision: 'l',
      features_revision: 'f',
      previous: hashJson('previous'),
    },
    ...change,
    facts: {
      ...CLIENT_FACTS,
      'data.withdrawal_id': name,
      'data.asset': 'eip155:31337/slip44:60',
      'data.amount': '1500000000000000000',
      'data.payee': '0x00000000000000000000000000000000000000A1',
      ...change.facts,
    },
  };
}

export function signedVerdict(name: string, change: Partial<VerdictBody> = {}): Verdict {
  return signer.sign(verdictBody(name, change));
}

/** A record as the log hands it over. */
export function recordOf(value: unknown, topic: string = TOPICS.verdicts): StoredRecord {
  return { topic, partition: 0, offset: 0n, key: 'k', value: JSON.stringify(value), headers: {}, timestampMs: 0 };
}

/** What `risk.actions` says when something was done to an account. */
export function actionMessage(name: string, action: string, change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    kind: 'action',
    id: `${name}:${action}`,
    verdict_id: null,
    account_id: 'ana',
    stream: 'live',
    action,
    cause: 'rule:takeover.new-device-cashout',
    result: 'done',
    at: '2026-11-21T14:02:01.000Z',
    details: {},
    ...change,
  };
}
