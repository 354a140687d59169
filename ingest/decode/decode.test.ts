import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS, WALLET_SOURCE } from '../../core/index.ts';
import { parseDateTime } from './date-time.ts';
import { type DecodeContext, decodeEvent } from './decode.ts';

const NOW = Date.UTC(2027, 0, 1);
const context: DecodeContext = { sender: WALLET_SOURCE, streams: 'live', nowMs: NOW };

const session = {
  specversion: '1.0',
  id: '01890000-0000-7000-8000-000000000001',
  source: WALLET_SOURCE,
  type: 'wallet.session.revoked',
  time: '2027-01-01T00:00:00.000Z',
  subject: 'account-1',
  stream: 'live',
  data: { session_id: 's', reason: 'logout' },
};

function decode(change: Record<string, unknown>, changed: Partial<DecodeContext> = {}) {
  return decodeEvent(JSON.stringify({ ...session, ...change }), { ...context, ...changed });
}

const card = {
  type: 'payment.card.authorized',
  source: 'urn:bulwark:service:shop',
  data: { payment_id: 'p', payer: 'a', terminal: 't', amount: '100', asset: 'iso4217:USD' },
};

describe('an event is let in', () => {
  test.each([
    ['as the contract says', {}, {}],
    ['at the edge of the skew', { time: new Date(NOW + LIMITS.eventSkewMs).toISOString() }, {}],
    ['from another producer, of a type that is not the wallet’s', card, { sender: card.source }],
    [
      'far in the future of an import, of any type',
      { stream: 'old', source: 'urn:x', time: '2099-01-01T00:00:00Z' },
      { sender: 'urn:x', streams: 'import' as const, nowMs: null },
    ],
  ])('%s', (_name, change, changed) => {
    expect(decode(change, changed)).toMatchObject({ ok: true });
  });
});

describe('an event is refused', () => {
  test.each([
    ['envelope_invalid', { id: 'x' }, {}, '/id'],
    ['envelope_invalid', { specversion: '0.3' }, {}, '/specversion'],
    ['envelope_invalid', { time: '2027-02-30T00:00:00Z' }, {}, '/time'],
    ['envelope_invalid', { time: '2027-01-01T00:00:00+01:00' }, {}, '/time'],
    ['envelope_invalid', { time: '2027-01-01 00:00:00Z' }, {}, '/time'],
    ['envelope_invalid', { extra: 1 }, {}, '/extra'],
    ['envelope_invalid', { data: null }, {}, '/data'],
    ['type_unknown', { type: 'wallet.nothing' }, {}, '/type'],
    ['type_unknown', { type: 'toString' }, {}, '/type'],
    ['data_invalid', { data: { session_id: 's' } }, {}, '/data'],
    ['data_invalid', { data: { session_id: 's', reason: 'x', more: 1 } }, {}, '/data/more'],
    ['data_invalid', { data: { session_id: 's\u0000', reason: 'x' } }, {}, '/data/session_id'],
    ['data_invalid', { subject: 'half \ud800 pair' }, {}, '/subject'],
    ['data_invalid', { ...card, data: { ...card.data, amount: '1e9' } }, { sender: card.source }, '/data/amount'],
    ['source_forged', {}, { sender: 'urn:bulwark:service:mallory' }, '/source'],
    ['source_forged', {}, { sender: undefined }, '/source'],
    ['source_forged', { source: 'urn:bulwark:service:shop' }, { sender: 'urn:bulwark:service:shop' }, 'wallet.session.revoked'],
    ['stream_not_allowed', { stream: 'history' }, {}, '/stream'],
    ['stream_not_allowed', {}, { streams: 'import' as const }, '/stream'],
    ['time_in_future', { time: new Date(NOW + LIMITS.eventSkewMs + 1).toISOString() }, {}, '/time'],
  ])('%s: %j', (code, change, changed, where) => {
    expect(decode(change, changed)).toMatchObject({ ok: false, refusal: { code, message: expect.stringContaining(where) } });
  });

  test.each([
    ['malformed_json', ''],
    ['malformed_json', '{"a":1'],
    ['envelope_invalid', 'null'],
    ['envelope_invalid', '[]'],
    ['envelope_invalid', '{"__proto__":{"specversion":"1.0"}}'],
    ['too_large', `{"a":"${'x'.repeat(LIMITS.eventBytesMax)}"}`],
    ['malformed_json', '['.repeat(60_000)],
    ['envelope_invalid', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
  ])('%s: a text of nonsense', (code, text) => {
    expect(decodeEvent(text, context)).toMatchObject({ ok: false, refusal: { code } });
  });

  test('without repeating what it held', () => {
    const refused = decode({ data: { session_id: 's', reason: 'My Secret!' } });
    expect(refused).toMatchObject({ ok: false });
    expect(JSON.stringify(refused)).not.toContain('Secret');
  });
});

test('any text, and any change of a good event, gives an answer and no exception', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
      expect(decodeEvent(text, context).ok).toBe(false);
    }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(session)), fc.jsonValue(), (name, value) => {
      const decoded = decode({ [name]: value });
      if (decoded.ok) expect(decoded.value.event).toEqual({ ...session, [name]: value });
    }),
  );
});

test('a time is read as the calendar has it, or not at all', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('2199-12-31T23:59:59.999Z'), noInvalidDate: true }), (date) => {
      expect(parseDateTime(date.toISOString())).toBe(date.getTime());
    }),
  );
  expect(parseDateTime('2028-02-29T00:00:00.1239Z')).toBe(Date.UTC(2028, 1, 29, 0, 0, 0, 123));
  for (const wrong of [
    '2027-02-29T00:00:00Z',
    '2027-01-01T24:00:00Z',
    '2027-01-01T00:00:60Z',
    '1969-12-31T23:59:59Z',
    '2027-1-1T0:0:0Z',
  ]) {
    expect(parseDateTime(wrong)).toBeNull();
  }
});
