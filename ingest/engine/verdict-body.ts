import { hash } from 'node:crypto';
import {
  type BulwarkEvent,
  type Decision,
  type FactValue,
  hashJson,
  LIMITS,
  type ModelScore,
  type RuleResult,
  uuidFromDigest,
  type VerdictBody,
} from '../../core/index.ts';

interface Revisions {
  readonly rules: string;
  readonly models: string;
  readonly lists: string;
  readonly features: string;
}

export interface VerdictInput {
  readonly event: BulwarkEvent;
  /** Kept as it is: the whole feature vector of the verdict. */
  readonly facts: Record<string, FactValue>;
  readonly result: RuleResult;
  readonly decision: Decision;
  readonly models: readonly ModelScore[];
  readonly degraded: boolean;
  readonly judgedAtMs: number;
  readonly arrival: number;
  readonly place: { readonly topic: string; readonly partition: number; readonly offset: bigint };
  readonly revisions: Revisions;
  readonly previous: ChainLink | null;
}

/** The receipt's `previous` of the first verdict of a stream. */
const NO_PREVIOUS = '0'.repeat(64);

/** The id of the verdict on one event: the same after a crash, and another one for a re-judgement. */
export function verdictId(source: string, eventId: string, revision: number): string {
  return uuidFromDigest(hash('sha256', `${source}|${eventId}|${revision}`, 'buffer'));
}

/** A verdict as the next one of its stream points at it. */
export interface ChainLink {
  readonly body: VerdictBody;
  /** SHA-256 over the canonical JSON of `body`; null where nobody has asked yet, as while millions are read back. */
  readonly digest: string | null;
}

/** The receipt's `previous` after that verdict. */
export function previousOf(link: ChainLink | null): string {
  return link === null ? NO_PREVIOUS : (link.digest ?? hashJson(link.body));
}

/** Puts together what the engine says of one event. `judged_at` and `expires_at` are its only wall-clock fields. */
export function verdictBody(input: VerdictInput): VerdictBody {
  const { event, result, decision } = input;
  return {
    id: verdictId(event.source, event.id, 1),
    event_id: event.id,
    event_source: event.source,
    event_type: event.type,
    event_time: event.time,
    subject: event.subject,
    stream: event.stream,
    payload_hash: 'payload_hash' in event.data ? event.data.payload_hash : null,
    revision: 1,
    outcome: decision.outcome,
    score: decision.score,
    actions: [...decision.actions],
    reasons: result.hits.map((hit) => hit.reason),
    undecided: Object.fromEntries(Object.entries(result.undecided).map(([rule, facts]) => [rule, [...facts]])),
    shadow: [...result.shadow],
    models: [...input.models],
    degraded: input.degraded ? 'rules_only' : null,
    facts: input.facts,
    judged_at: new Date(input.judgedAtMs).toISOString(),
    expires_at: new Date(input.judgedAtMs + LIMITS.verdictAgeMs).toISOString(),
    receipt: {
      arrival: input.arrival.toString(),
      topic: input.place.topic,
      partition: input.place.partition,
      offset: input.place.offset.toString(),
      rules_revision: input.revisions.rules,
      models_revision: input.revisions.models,
      lists_revision: input.revisions.lists,
      features_revision: input.revisions.features,
      previous: previousOf(input.previous),
    },
  };
}
