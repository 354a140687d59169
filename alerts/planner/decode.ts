import type { KeyObject } from 'node:crypto';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { refuse, type Result, succeed, type Verdict, VerdictSchema, verifyStatement } from '../../core/index.ts';
import type { StoredRecord } from '../../platform/event-log/port.ts';

/** What PostgreSQL's text and jsonb can hold: a name with U+0000 in it would stop every alert behind it. */
const Text = Type.String({ maxLength: 200, pattern: '^[ -~]*$' });

/** What `risk.actions` says of something done to an account; other kinds on the topic have another shape. */
const ActionSchema = Type.Object({
  kind: Type.Literal('action'),
  id: Type.String({ minLength: 1, maxLength: 200, pattern: '^[ -~]*$' }),
  verdict_id: Type.Union([Text, Type.Null()]),
  account_id: Type.String({ minLength: 1, maxLength: 128, pattern: '^[ -~]*$' }),
  stream: Text,
  action: Text,
  cause: Text,
  result: Text,
  at: Text,
});
export type ActionMessage = Static<typeof ActionSchema>;

const verdictCheck = Compile(VerdictSchema);
const actionCheck = Compile(ActionSchema);

type Refused = 'malformed_json' | 'verdict_malformed' | 'verdict_untrusted';

function parse(record: StoredRecord): Result<unknown, 'malformed_json'> {
  try {
    return succeed(JSON.parse(record.value));
  } catch {
    return refuse('malformed_json', `${record.topic}/${record.partition}/${record.offset} is not JSON`);
  }
}

/** A verdict as the log carries it: well-formed and signed by a key we trust. */
export function decodeVerdict(record: StoredRecord, trusted: ReadonlyMap<string, KeyObject>): Result<Verdict, Refused> {
  const parsed = parse(record);
  if (!parsed.ok) return parsed;
  const place = `${record.topic}/${record.partition}/${record.offset}`;
  if (!verdictCheck.Check(parsed.value)) return refuse('verdict_malformed', `${place} is not a verdict`);
  const verified = verifyStatement(parsed.value, trusted);
  if (!verified.ok) return refuse('verdict_untrusted', `${place}: ${verified.refusal.message}`);
  return succeed(parsed.value);
}

/** An action on an account, or null for what else the topic carries (such as our own notes of delivered alerts). */
export function decodeAction(record: StoredRecord): Result<ActionMessage | null, Refused> {
  const parsed = parse(record);
  if (!parsed.ok) return parsed;
  return succeed(actionCheck.Check(parsed.value) ? parsed.value : null);
}
