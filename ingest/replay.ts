import type { Facts, Policy, RuleEvaluator, Verdict, VerdictBody } from '../core/index.ts';
import type { StoredRecord } from '../platform/event-log/port.ts';
import { decodeEvent } from './decode/index.ts';
import { enrichmentOf, stampUsd } from './enrich/index.ts';
import { previousOf } from './engine/verdict-body.ts';
import { frozenBy, vectorOf } from './engine/steps-decide.ts';
import { createStreams, entersWindows, type StreamParts } from './engine/streams.ts';
import { finite, streamKind } from './engine/steps-arrive.ts';

/** What a recomputation found: nothing, or the first place (JSON Pointer into the verdict's body) where it differs. */
export type Recomputed =
  | { readonly same: true }
  | {
      readonly same: false;
      readonly verdictId: string;
      readonly at: string;
      readonly issued: unknown;
      readonly recomputed: unknown;
    };

/** The first pointer at which two JSON values differ, or null. */
export function firstDifference(
  issued: unknown,
  recomputed: unknown,
  at = '',
): { at: string; issued: unknown; recomputed: unknown } | null {
  if (Object.is(issued, recomputed)) return null;
  const bothObjects = typeof issued === 'object' && typeof recomputed === 'object' && issued !== null && recomputed !== null;
  if (!bothObjects || Array.isArray(issued) !== Array.isArray(recomputed))
    return { at: at === '' ? '/' : at, issued, recomputed };
  const left = issued as Record<string, unknown>;
  const right = recomputed as Record<string, unknown>;
  for (const name of [...new Set([...Object.keys(left), ...Object.keys(right)])].toSorted()) {
    const found = firstDifference(left[name], right[name], `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
    if (found !== null) return found;
  }
  return null;
}

/** JSON in and out, so that both sides went through the same wire. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function compare(id: string, issued: unknown, recomputed: unknown): Recomputed {
  const difference = firstDifference(asJson(issued), asJson(recomputed));
  return difference === null ? { same: true } : { same: false, verdictId: id, ...difference };
}

interface Judges {
  readonly rules: RuleEvaluator;
  readonly policy: Policy;
}

/** The fields of a verdict that rules and policy decide. */
type Decided = Pick<VerdictBody, 'outcome' | 'score' | 'actions' | 'reasons' | 'undecided' | 'shadow'>;

function decidedOf({ outcome, score, actions, reasons, undecided, shadow }: Decided): Decided {
  return { outcome, score, actions, reasons, undecided, shadow };
}

/**
 * Judges the facts of a verdict again with the given rules and policy and compares bit for bit. Different revisions are the first
 * difference; what the models said is taken as said, since a time-out is not repeatable.
 */
export async function recompute(verdict: Verdict, { rules, policy }: Judges): Promise<Recomputed> {
  const { body } = verdict;
  const revision = `${rules.revision}+${policy.revision}`;
  const type = body.event_type as Parameters<RuleEvaluator['evaluate']>[0];
  const result = await rules.evaluate(type, body.facts as Facts);
  const degraded = body.degraded !== null;
  const decision = policy.decide({ type, result, models: body.models, degraded });
  const { outcome, score, actions } = decision;
  const reasons = result.hits.map((hit) => hit.reason);
  const { undecided, shadow } = result;
  return compare(
    body.id,
    { receipt: { rules_revision: body.receipt.rules_revision }, ...decidedOf(body) },
    { receipt: { rules_revision: revision }, outcome, score, actions, reasons, undecided, shadow },
  );
}

/** One judged event: its verdict, and its record of the log. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly record: StoredRecord;
}

/**
 * Recomputes a whole stream from its first arrival on: the features from the log, the chain of receipts, then rules and policy.
 * `judgements` come in arrival order. Resolves at the first difference, which it names.
 */
export async function recomputeStream(judgements: AsyncIterable<Judgement>, deps: Judges & StreamParts): Promise<Recomputed> {
  const streams = createStreams(deps);
  for await (const { verdict, record } of judgements) {
    const { body } = verdict;
    const stream = streams.get(body.stream);
    const sender = record.headers.source;
    const decoded = decodeEvent(record.value, { sender, streams: streamKind(record.topic), nowMs: null });
    if (stream === null || !decoded.ok) return compare(body.id, body.event_id, decoded.ok ? body.stream : decoded.refusal.code);
    const { timeMs } = decoded.value;
    const enrichment = enrichmentOf(body.facts);
    const event = stampUsd(decoded.value.event, enrichment);
    const windows = finite(stream.features.advance({ event, timeMs, inWindows: entersWindows(stream, timeMs), enrichment }));
    const facts = vectorOf(windows, body.models, stream.budget.facts(timeMs));
    const previous = previousOf(stream.previous);
    stream.timeMs = Math.max(stream.timeMs, timeMs);
    stream.arrivals += 1;
    stream.previous = { body, digest: null };
    stream.budget.note(timeMs, frozenBy(body.reasons));
    const found = compare(
      body.id,
      { event_id: body.event_id, facts: body.facts, receipt: { arrival: body.receipt.arrival, previous: body.receipt.previous } },
      { event_id: event.id, facts, receipt: { arrival: `${stream.arrivals}`, previous } },
    );
    if (!found.same) return found;
    const judged = await recompute(verdict, deps);
    if (!judged.same) return judged;
  }
  return { same: true };
}
