import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { StoredRecord } from '../../../platform/event-log/index.ts';
import { amount, asFields, firstText, formatTime, text, time, uint64, usdOfCents } from './read-fields.ts';
import { position, type TableRow } from './table-rows.ts';

const Name = Type.String({ minLength: 1, maxLength: 512 });

/** What a row needs of an event. Whether the rest is right is the engine's to judge; here it is kept as it came. */
const Landed = Type.Object({
  id: Name,
  source: Name,
  type: Name,
  subject: Name,
  stream: Name,
  time: Type.String(),
  data: Type.Record(Type.String(), Type.Unknown()),
});

export const eventShape = Compile(Landed);

/** The id of what the event is about, by the order of what a person would search for. */
const ENTITY_FIELDS = [
  'withdrawal_id',
  'deposit_id',
  'claim_id',
  'transfer_id',
  'payment_id',
  'stepup_id',
  'payee_id',
  'grant_id',
  'session_id',
  'device_id',
  'key_id',
] as const;

export function eventRows(event: Static<typeof Landed>, record: StoredRecord): TableRow[] {
  const data = asFields(event.data);
  const client = asFields(data.client);
  const row = {
    stream: event.stream,
    id: event.id,
    source: event.source,
    type: event.type,
    account_id: event.subject,
    event_time: time(event.time, 'time'),
    logged_at: formatTime(record.timestampMs),
    sequence: uint64((event as Readonly<Record<string, unknown>>).sequence, 'sequence'),
    entity_id: firstText(data, ...ENTITY_FIELDS),
    result: text(data.result),
    reason: firstText(data, 'reason', 'detail'),
    attack: text(data.attack),
    door: text(data.door),
    ip: text(client.ip),
    device_id: firstText(data, 'device_id') || text(client.device_id),
    session_id: firstText(data, 'session_id') || text(client.session_id),
    payee: firstText(data, 'payee', 'to_account', 'to', 'terminal', 'address'),
    asset: text(data.asset),
    amount: amount(data.amount),
    amount_usd: usdOfCents(data.amount_usd_cents),
    ...position(record),
    raw: record.value,
  };
  return [{ table: 'events', row }];
}
