import { TOPICS, type VerdictBody } from '../../core/index.ts';
import type { Analytics } from '../../platform/analytics/index.ts';
import type { StoredRecord } from '../../platform/event-log/index.ts';
import { createRowInserter } from './insert-rows.ts';
import { mapRecord } from './rows/map-record.ts';

/** Records as the log would hand them out, for tests of this room and of the dashboards over it. */
export interface SampleLog {
  record(topic: string, value: unknown, at?: number): StoredRecord;
  event(type: string, data: Readonly<Record<string, unknown>>, options?: SampleOptions): StoredRecord;
  verdict(changes?: Partial<VerdictBody>, options?: SampleOptions): StoredRecord;
}

interface SampleOptions {
  readonly account?: string;
  readonly stream?: string;
  readonly atMs?: number;
}

export const SAMPLE_START_MS = Date.UTC(2026, 10, 21, 10, 0, 0);

function sampleUuid(n: number): string {
  return `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

export const SAMPLE_CLIENT = { ip: '203.0.113.7', user_agent: 'test', device_id: 'device-1', session_id: 'session-1' };
export const SAMPLE_ETHER = 'eip155:31337/slip44:60';

export function createSampleLog(): SampleLog {
  const next = new Map<string, number>();
  let count = 0;
  const record = (topic: string, value: unknown, at = SAMPLE_START_MS): StoredRecord => {
    const offset = next.get(topic) ?? 0;
    next.set(topic, offset + 1);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return { topic, partition: 3, offset: BigInt(offset), key: 'k', headers: {}, timestampMs: at, value: text };
  };
  return {
    record,
    event(type, data, { account = 'account-1', stream = 'live', atMs = SAMPLE_START_MS } = {}) {
      count += 1;
      const event = {
        specversion: '1.0',
        id: sampleUuid(count),
        source: 'urn:bulwark:wallet',
        type,
        time: new Date(atMs).toISOString(),
        subject: account,
        stream,
        sequence: String(count),
        data,
      };
      return record(TOPICS.events, event, atMs + 5);
    },
    verdict(changes = {}, { account = 'account-1', stream = 'live', atMs = SAMPLE_START_MS } = {}) {
      count += 1;
      const body = { ...verdictBody(count, account, stream, atMs), ...changes };
      return record(TOPICS.verdicts, { body, key_id: 'key', signature: 'signature' }, atMs + 15);
    },
  };
}

function reason(rule: string): VerdictBody['reasons'][number] {
  return { rule, version: 'abcdef012345', title: rule, level: 'high', outcome: 'hold', score: 350, facts: {}, words: ['so'] };
}

/** Puts records into the tables by the landing's own mapping, without a log. */
export async function landRecords(analytics: Analytics, records: readonly StoredRecord[], token: string): Promise<void> {
  const entries = records.flatMap((record) => mapRecord(record).map((mapped) => ({ ...mapped, record })));
  await createRowInserter(analytics, async () => {}).insert(entries, token);
}

function verdictBody(count: number, account: string, stream: string, atMs: number): VerdictBody {
  return {
    id: sampleUuid(count + 0x10_0000),
    event_id: sampleUuid(count + 0x20_0000),
    event_source: 'urn:bulwark:wallet',
    event_type: 'wallet.withdrawal.requested',
    event_time: new Date(atMs).toISOString(),
    subject: account,
    stream,
    payload_hash: null,
    revision: 1,
    outcome: 'hold',
    score: 350,
    actions: ['hold', 'notify'],
    reasons: [reason('takeover.new-device-cashout'), reason('velocity.withdrawals')],
    undecided: { 'graph.mule-ring': ['device.accounts_24h'] },
    shadow: ['shadow.candidate'],
    models: [{ model: 'takeover', version: '3', score: 0.8123, reasons: ['device is two hours old'] }],
    degraded: null,
    facts: {
      amount_usd: 9000.5,
      'data.amount': '3000000000000000000',
      'data.asset': SAMPLE_ETHER,
      'data.client.ip': '203.0.113.7',
      'data.client.device_id': 'device-1',
      'client.country': 'NL',
    },
    judged_at: new Date(atMs + 12).toISOString(),
    expires_at: new Date(atMs + 900_000).toISOString(),
    receipt: {
      arrival: String(count),
      topic: TOPICS.events,
      partition: 3,
      offset: String(count),
      rules_revision: 'r1',
      models_revision: 'm1',
      lists_revision: 'l1',
      features_revision: 'f1',
      previous: '0'.repeat(64),
    },
  };
}
