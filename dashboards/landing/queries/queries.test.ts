import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOPICS } from '../../../core/index.ts';
import { type Analytics, openEmbeddedAnalytics } from '../../../platform/analytics/index.ts';
import { applyAnalyticsSchema } from '../apply-analytics-schema.ts';
import { createSampleLog, landRecords, SAMPLE_CLIENT, SAMPLE_ETHER, SAMPLE_START_MS } from '../testing.ts';
import { createRiskQueries, type RiskQueries } from './create-risk-queries.ts';

const MINUTE = 60_000;
const span = { fromMs: SAMPLE_START_MS, toMs: SAMPLE_START_MS + 60 * MINUTE };
const samples = createSampleLog();
const bodyOf = (value: string): { id: string; event_id: string; reasons: never[] } => JSON.parse(value).body;

const login = samples.event('wallet.login.attempted', { result: 'bad_password', client: SAMPLE_CLIENT });
const asked = samples.event(
  'wallet.withdrawal.requested',
  { withdrawal_id: 'w-1', asset: SAMPLE_ETHER, amount: '5', payee: '0xabc', client: SAMPLE_CLIENT },
  { atMs: SAMPLE_START_MS + MINUTE },
);
const held = samples.verdict({ event_id: JSON.parse(asked.value).id }, { atMs: SAMPLE_START_MS + MINUTE });
const [firstReason] = bodyOf(held.value).reasons;
const alone = samples.verdict(
  { reasons: [firstReason as never], shadow: [], outcome: 'freeze' },
  { account: 'account-2', atMs: SAMPLE_START_MS + 2 * MINUTE },
);
const imported = samples.verdict({}, { stream: 'import-1' });
const at = new Date(SAMPLE_START_MS + 3 * MINUTE).toISOString();
const reports = [
  samples.record(TOPICS.actions, {
    id: 'act',
    verdict_id: bodyOf(held.value).id,
    account_id: 'account-1',
    action: 'hold',
    cause: 'rule',
    result: 'applied',
    at,
  }),
  samples.record(TOPICS.actions, {
    kind: 'alert',
    id: 'alert',
    account_id: 'account-1',
    severity: 'high',
    template: 'held',
    channel: 'email',
    result: 'sent',
    at,
    event_id: 'e',
  }),
  samples.record(TOPICS.labels, {
    id: 'label-1',
    event_id: bodyOf(held.value).event_id,
    account_id: 'account-1',
    label: 'fraud',
    by: 'staff:1',
    at,
  }),
  samples.record(TOPICS.labels, {
    id: 'label-2',
    event_id: bodyOf(alone.value).event_id,
    account_id: 'account-2',
    label: 'legit',
    by: 'staff:1',
    at,
  }),
  samples.record(TOPICS.deadLetters, {
    id: 'd',
    stage: 'decode',
    reason: 'malformed_json',
    source_topic: 'wallet.events',
    partition: 1,
    offset: 9,
    raw: '{',
    at,
  }),
];

let directory: string;
let analytics: Analytics;
let queries: RiskQueries;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bulwark-queries-'));
  analytics = await openEmbeddedAnalytics({ dataDirectory: directory });
  await applyAnalyticsSchema(analytics);
  const records = [login, asked, held, alone, imported, ...reports];
  await landRecords(analytics, records, 'first');
  await landRecords(analytics, records.toReversed(), 'delivered again');
  queries = createRiskQueries(analytics);
});
afterAll(async () => {
  await analytics.close();
  await rm(directory, { recursive: true, force: true });
});

describe('what the console reads', () => {
  it('one account as one timeline, newest first, a page at a time', async () => {
    const timeline = await queries.accountTimeline({ accountId: 'account-1' });
    expect(timeline.map(({ kind, what }) => [kind, what])).toEqual([
      ['action', 'hold'],
      ['alert', 'held'],
      ['label', 'fraud'],
      ['verdict', 'hold'],
      ['event', 'wallet.withdrawal.requested'],
      ['event', 'wallet.login.attempted'],
    ]);
    const older = await queries.accountTimeline({ accountId: 'account-1', beforeMs: SAMPLE_START_MS + 2 * MINUTE, limit: 2 });
    expect(older.map(({ kind }) => kind)).toEqual(['verdict', 'event']);
  });

  it('events and verdicts by account, type and outcome', async () => {
    expect(await queries.recentEvents({ type: 'wallet.withdrawal.requested' })).toMatchObject([
      { entity_id: 'w-1', amount: '5', amount_usd: null, raw: asked.value },
    ]);
    expect(await queries.recentEvents({ accountId: "nobody' or 1=1 --" })).toEqual([]);
    expect(await queries.recentVerdicts({ outcome: 'freeze' })).toMatchObject([
      { account_id: 'account-2', amount_usd: '9000.50', latency_ms: '12' },
    ]);
  });

  it('outcomes over time, of one stream', async () => {
    expect(await queries.outcomesOverTime({ ...span, bucketSeconds: 60 })).toEqual([
      { bucket: '2026-11-21 10:01:00', outcome: 'hold', verdicts: '1' },
      { bucket: '2026-11-21 10:02:00', outcome: 'freeze', verdicts: '1' },
    ]);
    expect(await queries.outcomesOverTime({ ...span, stream: 'import-1', bucketSeconds: 3600 })).toHaveLength(1);
  });

  it('figures per rule: fired, alone, right', async () => {
    expect(await queries.ruleFigures(span)).toMatchObject([
      {
        rule: 'takeover.new-device-cashout',
        shadow: false,
        fired: '2',
        sole_catches: '1',
        accounts: '2',
        amount_usd: '18001.00',
        fraud: '1',
        legit: '1',
        precision: 0.5,
      },
      { rule: 'shadow.candidate', shadow: true, fired: '1' },
      { rule: 'velocity.withdrawals', shadow: false, fired: '1', sole_catches: '0', fraud: '1', legit: '0', precision: 1 },
    ]);
    expect(await queries.ruleOverlap(span)).toEqual([
      { left: 'takeover.new-device-cashout', right: 'velocity.withdrawals', both: '1' },
    ]);
  });

  it('everything that carries an id', async () => {
    expect((await queries.findById({ id: 'w-1' })).map(({ kind }) => kind)).toEqual(['event']);
    const ofEvent = await queries.findById({ id: bodyOf(held.value).event_id });
    expect(ofEvent.map(({ kind }) => kind)).toEqual(['label', 'verdict', 'event']);
    const ofVerdict = await queries.findById({ id: bodyOf(held.value).id });
    expect(ofVerdict.map(({ kind }) => kind)).toEqual(['action', 'verdict']);
    expect(await queries.findById({ id: 'nothing' })).toEqual([]);
  });

  it('latency and dead letters', async () => {
    expect(await queries.latency(span)).toEqual({ verdicts: '2', p50_ms: 12, p99_ms: 12 });
    expect(await queries.latency({ fromMs: 0, toMs: 1 })).toBeNull();
    expect(await queries.deadLetters({})).toMatchObject([{ id: 'd', reason: 'malformed_json', source_offset: '9', raw: '{' }]);
  });

  it('never more than its limit', async () => {
    expect(await queries.recentEvents({ limit: 1 })).toHaveLength(1);
    expect(await queries.recentEvents({ limit: -5 })).toHaveLength(1);
  });
});
