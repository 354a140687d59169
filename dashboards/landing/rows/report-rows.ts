import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { LIVE_STREAM } from '../../../core/index.ts';
import type { StoredRecord } from '../../../platform/event-log/index.ts';
import { LANDING_LIMITS } from '../limits.ts';
import { text, time, uint64 } from './read-fields.ts';
import { position, type TableRow } from './table-rows.ts';

const Name = Type.String({ minLength: 1, maxLength: 512 });
const Text = Type.Optional(Type.Union([Type.String(), Type.Null()]));
/** Missing or null where the reporter could not know it; such records are shown with the live ones. */
const stream = Type.Optional(Type.Union([Name, Type.Null()]));

const Action = Type.Object({
  id: Name,
  verdict_id: Text,
  account_id: Name,
  stream,
  action: Name,
  cause: Type.Optional(Type.Unknown()),
  result: Name,
  at: Type.String(),
});
const Alert = Type.Object({
  kind: Type.Literal('alert'),
  id: Name,
  account_id: Name,
  stream,
  severity: Name,
  template: Name,
  channel: Name,
  result: Name,
  at: Type.String(),
  event_id: Text,
});
const Label = Type.Object({ id: Name, event_id: Name, account_id: Text, label: Name, by: Text, at: Type.String(), stream });
const DeadLetter = Type.Object({
  id: Name,
  stage: Name,
  reason: Name,
  detail: Text,
  source_topic: Text,
  partition: Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: 65_535 }), Type.Null()])),
  offset: Type.Optional(Type.Unknown()),
  line: Type.Optional(Type.Unknown()),
  raw: Text,
  at: Type.String(),
  stream,
});

export const actionShape = Compile(Action);
export const alertShape = Compile(Alert);
export const labelShape = Compile(Label);
export const deadLetterShape = Compile(DeadLetter);

/** A cause may be a word, or an object such as `{ kind: 'rule', id: … }`. */
function causeText(cause: unknown): string {
  if (typeof cause === 'object' && cause !== null) return JSON.stringify(cause).slice(0, 512);
  return text(cause);
}

export function actionRows(message: Static<typeof Action>, record: StoredRecord): TableRow[] {
  const row = {
    stream: message.stream ?? LIVE_STREAM,
    id: message.id,
    verdict_id: text(message.verdict_id),
    account_id: message.account_id,
    action: message.action,
    cause: causeText(message.cause),
    result: message.result,
    at: time(message.at, 'at'),
    ...position(record),
    raw: record.value,
  };
  return [{ table: 'actions', row }];
}

export function alertRows(message: Static<typeof Alert>, record: StoredRecord): TableRow[] {
  const row = {
    stream: message.stream ?? LIVE_STREAM,
    id: message.id,
    event_id: text(message.event_id),
    account_id: message.account_id,
    severity: message.severity,
    template: message.template,
    channel: message.channel,
    result: message.result,
    at: time(message.at, 'at'),
    ...position(record),
    raw: record.value,
  };
  return [{ table: 'alerts', row }];
}

export function labelRows(message: Static<typeof Label>, record: StoredRecord): TableRow[] {
  const row = {
    stream: message.stream ?? LIVE_STREAM,
    id: message.id,
    event_id: message.event_id,
    account_id: text(message.account_id),
    label: message.label,
    by: text(message.by),
    at: time(message.at, 'at'),
    ...position(record),
    raw: record.value,
  };
  return [{ table: 'labels', row }];
}

export function deadLetterRows(message: Static<typeof DeadLetter>): TableRow[] {
  const row = {
    stream: message.stream ?? LIVE_STREAM,
    id: message.id,
    stage: message.stage,
    reason: message.reason,
    detail: text(message.detail),
    source_topic: text(message.source_topic),
    source_partition: message.partition ?? 0,
    source_offset: uint64(message.offset, 'offset'),
    line: uint64(message.line, 'line'),
    at: time(message.at, 'at'),
    raw: text(message.raw).slice(0, LANDING_LIMITS.rawCharactersMax),
  };
  return [{ table: 'dead_letters', row }];
}
