import { describe, expect, it } from 'vitest';
import { TOPICS } from '../../../core/index.ts';
import { createSampleLog, SAMPLE_CLIENT, SAMPLE_ETHER } from '../testing.ts';
import { mapRecord } from './map-record.ts';

const log = createSampleLog();
const UINT256_MAX = (2n ** 256n - 1n).toString();
const withdrawal = {
  withdrawal_id: 'w-1',
  asset: SAMPLE_ETHER,
  amount: UINT256_MAX,
  amount_usd_cents: 1_234_507,
  payee: '0xabc',
  client: SAMPLE_CLIENT,
};

describe('what a record becomes', () => {
  it('keeps the dimensions of an event, its money to the last digit, and its raw text', () => {
    const record = log.event('wallet.withdrawal.requested', withdrawal);
    expect(mapRecord(record)).toMatchObject([
      {
        table: 'events',
        row: {
          stream: 'live',
          type: 'wallet.withdrawal.requested',
          account_id: 'account-1',
          event_time: '2026-11-21 10:00:00.000',
          logged_at: '2026-11-21 10:00:00.005',
          entity_id: 'w-1',
          ip: '203.0.113.7',
          device_id: 'device-1',
          payee: '0xabc',
          asset: SAMPLE_ETHER,
          amount: UINT256_MAX,
          amount_usd: '12345.07',
          partition: 3,
          offset: record.offset.toString(),
          raw: record.value,
        },
      },
    ]);
  });

  it('leaves unknown money unknown', () => {
    const [event] = mapRecord(log.event('wallet.login.attempted', { result: 'bad_password', client: SAMPLE_CLIENT }));
    expect(event?.row).toMatchObject({ result: 'bad_password', amount: null, amount_usd: null, asset: '' });
  });

  it('makes of a verdict its row, its hits, its shadow hits and its scores', () => {
    const mapped = mapRecord(log.verdict());
    expect(mapped.map(({ table }) => table)).toEqual(['verdicts', 'rule_hits', 'rule_hits', 'rule_hits', 'model_scores']);
    expect(mapped[0]?.row).toMatchObject({
      outcome: 'hold',
      latency_ms: 12,
      rules: ['takeover.new-device-cashout', 'velocity.withdrawals'],
      undecided: ['graph.mule-ring'],
      amount_usd: '9000.50',
      amount: '3000000000000000000',
      country: 'NL',
      device_id: 'device-1',
    });
    expect(mapped.slice(1, 4).map(({ row }) => [row.rule, row.shadow, row.sole])).toEqual([
      ['takeover.new-device-cashout', false, false],
      ['velocity.withdrawals', false, false],
      ['shadow.candidate', true, false],
    ]);
    expect(mapped[4]?.row).toMatchObject({ model: 'takeover', version: '3', score: 0.8123, verdict_outcome: 'hold' });
  });

  it('knows a rule that fired alone', () => {
    const [first] = JSON.parse(log.verdict().value).body.reasons as never[];
    const alone = mapRecord(log.verdict({ reasons: [first as never], shadow: [], models: [] }));
    expect(alone[1]?.row).toMatchObject({ rule: 'takeover.new-device-cashout', sole: true });
    const shadowAlone = mapRecord(log.verdict({ reasons: [], models: [] }));
    expect(shadowAlone[1]?.row).toMatchObject({ rule: 'shadow.candidate', shadow: true, sole: true });
  });

  it('tells actions from alerts on their one topic, and tolerates what it does not know', () => {
    const at = '2026-11-21T10:00:01Z';
    const action = {
      id: 'a',
      verdict_id: 'v',
      account_id: 'x',
      stream: 'live',
      action: 'freeze',
      cause: { kind: 'rule', id: 'r' },
      result: 'applied',
      at,
      new_field: 1,
    };
    const alert = {
      kind: 'alert',
      id: 'b',
      account_id: 'x',
      severity: 'high',
      template: 'frozen',
      channel: 'email',
      result: 'sent',
      at,
      event_id: 'e',
    };
    expect(mapRecord(log.record(TOPICS.actions, action))).toMatchObject([
      { table: 'actions', row: { action: 'freeze', cause: '{"kind":"rule","id":"r"}' } },
    ]);
    expect(mapRecord(log.record(TOPICS.actions, alert))).toMatchObject([
      { table: 'alerts', row: { stream: 'live', template: 'frozen', channel: 'email' } },
    ]);
    const label = { id: 'l', event_id: 'e', account_id: 'x', label: 'fraud', by: 'staff:1', at, stream: 'import-1' };
    expect(mapRecord(log.record(TOPICS.labels, label))).toMatchObject([
      { table: 'labels', row: { stream: 'import-1', label: 'fraud' } },
    ]);
    const letter = {
      id: 'd',
      stage: 'decode',
      reason: 'malformed_json',
      source_topic: 'wallet.events',
      partition: 2,
      offset: '7',
      raw: '{',
      raw_truncated: false,
      at,
      stream: null,
    };
    expect(mapRecord(log.record(TOPICS.deadLetters, letter))).toMatchObject([
      {
        table: 'dead_letters',
        row: { stream: 'live', stage: 'decode', source_partition: 2, source_offset: '7', line: '0', raw: '{' },
      },
    ]);
  });

  it.each([
    ['not_json', TOPICS.events, '{"id":'],
    ['not_json', TOPICS.events, ''],
    ['shape_unknown', TOPICS.events, 'null'],
    ['shape_unknown', TOPICS.events, '[]'],
    ['shape_unknown', TOPICS.events, '{"id":"x"}'],
    ['shape_unknown', TOPICS.verdicts, '{"body":{}}'],
    ['shape_unknown', TOPICS.actions, '{"kind":"alert"}'],
    ['shape_unknown', TOPICS.labels, '{"id":7}'],
    ['time_unreadable', TOPICS.labels, '{"id":"l","event_id":"e","label":"fraud","at":"yesterday"}'],
    ['time_unreadable', TOPICS.labels, '{"id":"l","event_id":"e","label":"fraud","at":"9999-01-01T00:00:00Z"}'],
    [
      'number_unreadable',
      TOPICS.deadLetters,
      '{"id":"d","stage":"s","reason":"r","at":"2026-01-01T00:00:00Z","offset":"18446744073709551616"}',
    ],
  ])('sets aside what it cannot read: %s from %s', (reason, topic, value) => {
    const record = log.record(topic, value);
    expect(mapRecord(record)).toMatchObject([
      { table: 'dead_letters', row: { stage: 'landing', reason, raw: value, id: `landing:${topic}:3:${record.offset}` } },
    ]);
  });

  it.each([[(2n ** 256n).toString()], ['1e18'], ['-1'], [5], ['0x10']])(
    'refuses the amount %s, which ClickHouse would bend',
    (amount) => {
      const [row] = mapRecord(log.event('wallet.withdrawal.requested', { ...withdrawal, amount }));
      expect(row).toMatchObject({ table: 'dead_letters', row: { reason: 'amount_unreadable', stream: 'live' } });
    },
  );
});
