import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { StoredRecord } from '../../../platform/event-log/index.ts';
import { amount, asFields, type Fields, firstText, text, texts, time, uint64, usdOfFact } from './read-fields.ts';
import { position, type TableRow } from './table-rows.ts';

const Name = Type.String({ minLength: 1, maxLength: 512 });
const Text = Type.String();

/** What the rows need of a verdict; fields that a later version adds pass. */
const Landed = Type.Object({
  body: Type.Object({
    id: Name,
    event_id: Name,
    event_source: Name,
    event_type: Name,
    event_time: Text,
    subject: Name,
    stream: Name,
    revision: Type.Integer({ minimum: 0, maximum: 4_294_967_295 }),
    outcome: Name,
    score: Type.Integer({ minimum: 0, maximum: 1000 }),
    actions: Type.Array(Text),
    reasons: Type.Array(
      Type.Object({
        rule: Name,
        version: Text,
        level: Text,
        outcome: Text,
        score: Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647 }),
      }),
    ),
    undecided: Type.Record(Text, Type.Unknown()),
    shadow: Type.Array(Name),
    models: Type.Array(Type.Object({ model: Name, version: Text, score: Type.Number(), reasons: Type.Array(Text) })),
    degraded: Type.Union([Type.Null(), Text]),
    facts: Type.Record(Text, Type.Unknown()),
    judged_at: Text,
    expires_at: Text,
    receipt: Type.Object({
      arrival: Text,
      partition: Type.Integer({ minimum: 0, maximum: 65_535 }),
      offset: Text,
      rules_revision: Text,
      models_revision: Text,
    }),
  }),
});
type VerdictBody = Static<typeof Landed>['body'];

export const verdictShape = Compile(Landed);

/** Columns that a verdict's row, its hits and its scores share. */
interface Judged {
  readonly stream: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly account_id: string;
  readonly event_time: string;
  readonly judged_at: string;
}

/** One row in `verdicts`, and one for each rule that fired (in shadow too) and each model that scored. */
export function verdictRows({ body }: Static<typeof Landed>, record: StoredRecord): TableRow[] {
  const judged: Judged = {
    stream: body.stream,
    event_id: body.event_id,
    event_type: body.event_type,
    account_id: body.subject,
    event_time: time(body.event_time, 'event_time'),
    judged_at: time(body.judged_at, 'judged_at'),
  };
  return [verdictRow(body, judged, record), ...hitRows(body, judged), ...shadowRows(body, judged), ...scoreRows(body, judged)];
}

function verdictRow(body: VerdictBody, judged: Judged, record: StoredRecord): TableRow {
  const facts: Fields = asFields(body.facts);
  const row = {
    ...judged,
    id: body.id,
    event_source: body.event_source,
    expires_at: time(body.expires_at, 'expires_at'),
    latency_ms: Date.parse(body.judged_at) - Date.parse(body.event_time),
    revision: body.revision,
    outcome: body.outcome,
    score: body.score,
    actions: body.actions,
    rules: body.reasons.map((reason) => reason.rule),
    undecided: Object.keys(body.undecided),
    degraded: body.degraded ?? '',
    ip: text(facts['data.client.ip']),
    device_id: firstText(facts, 'data.client.device_id', 'data.device_id'),
    country: firstText(facts, 'client.country', 'ip.country', 'geo.country'),
    asset: text(facts['data.asset']),
    amount: amount(facts['data.amount']),
    amount_usd: usdOfFact(facts.amount_usd),
    arrival: uint64(body.receipt.arrival, 'receipt.arrival'),
    source_partition: body.receipt.partition,
    source_offset: uint64(body.receipt.offset, 'receipt.offset'),
    rules_revision: body.receipt.rules_revision,
    models_revision: body.receipt.models_revision,
    ...position(record),
    raw: record.value,
  };
  return { table: 'verdicts', row };
}

function hitRows(body: VerdictBody, judged: Judged): TableRow[] {
  return body.reasons.map(({ rule, version, level, outcome, score }) => ({
    table: 'rule_hits',
    row: { ...hitColumns(body, judged, body.reasons.length === 1), rule, version, level, outcome, score, shadow: false },
  }));
}

function shadowRows(body: VerdictBody, judged: Judged): TableRow[] {
  const sole = body.reasons.length === 0 && body.shadow.length === 1;
  return texts(body.shadow).map((rule) => ({
    table: 'rule_hits',
    row: { ...hitColumns(body, judged, sole), rule, version: '', level: '', outcome: '', score: 0, shadow: true },
  }));
}

function hitColumns(body: VerdictBody, judged: Judged, sole: boolean): Readonly<Record<string, unknown>> {
  const amountUsd = usdOfFact(asFields(body.facts).amount_usd);
  return { ...judged, verdict_id: body.id, verdict_outcome: body.outcome, sole, amount_usd: amountUsd };
}

function scoreRows(body: VerdictBody, judged: Judged): TableRow[] {
  return body.models.map(({ model, version, score, reasons }) => ({
    table: 'model_scores',
    row: { ...judged, verdict_id: body.id, verdict_outcome: body.outcome, model, version, score, reasons },
  }));
}
