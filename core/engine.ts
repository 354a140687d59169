import type { BulwarkEvent, EventType } from './event.ts';
import type { Action, Level, Outcome } from './outcome.ts';
import type { ModelScore, VerdictReason } from './verdict.ts';

/**
 * The vocabulary the stages of the engine share, so that no stage imports another: ingest drives, `rules/` judges,
 * `models/` scores, and `app/` puts them together.
 */

/** A fact is JSON; most are numbers, strings and booleans. `null` means “known to be nothing”; a missing name means “not known”. */
export type FactValue = null | boolean | number | string | readonly FactValue[] | { readonly [name: string]: FactValue };
export type Facts = Readonly<Record<string, FactValue>>;

/** An event that passed the door, with what enrichment added. */
export interface EnrichedEvent {
  readonly event: BulwarkEvent;
  /** Event time in Unix milliseconds. */
  readonly timeMs: number;
  /** False for an event later than the lateness bound: judged, but its windows stay as they are. */
  readonly inWindows: boolean;
  /** Facts that enrichment knows: `amount_usd`, `client.subnet`, … */
  readonly enrichment: Facts;
}

/** Exact windows over arrivals. One instance a stream. */
export interface FeatureEngine {
  readonly revision: string;
  /**
   * Facts of the event: its own fields, the enrichment, and every declared feature as of `(t − w, t]` over what had arrived
   * before (and the event itself where the feature says `including_current`); then takes the event into the windows.
   */
  advance(event: EnrichedEvent): Facts;
}

export interface RuleHit {
  readonly reason: VerdictReason;
  readonly actions: readonly Action[];
}

export interface RuleResult {
  readonly hits: readonly RuleHit[];
  /** Names of the missing or mistyped facts by rule id. */
  readonly undecided: Readonly<Record<string, readonly string[]>>;
  /** Ids of shadow rules that would have fired. */
  readonly shadow: readonly string[];
}

/** Rules behind one port: our compiled closures, or json-rules-engine. */
export interface RuleEvaluator {
  readonly revision: string;
  evaluate(type: EventType, facts: Facts): RuleResult | Promise<RuleResult>;
}

export interface Decision {
  readonly outcome: Outcome;
  /** 0-1000 */
  readonly score: number;
  readonly actions: readonly Action[];
  readonly level: Level;
}

/**
 * Counts each rule's freezes over the last hour of event time, so that a rule gone wrong cannot freeze everybody. One instance a
 * stream, fed in arrival order; the counts are facts, so that a verdict can still be recomputed from its feature vector.
 */
export interface FreezeBudget {
  /** Counts to add to the facts of an event at `timeMs` (Unix milliseconds) before rules see them. */
  facts(timeMs: number): Facts;
  /** Ids of the rules whose verdict on that event was a freeze. */
  note(timeMs: number, frozenBy: readonly string[]): void;
}

/** From hits to one outcome: thresholds per event type, and what “undecided” and “rules only” mean for it. */
export interface Policy {
  readonly revision: string;
  decide(input: { type: EventType; result: RuleResult; models: readonly ModelScore[]; degraded: boolean }): Decision;
}

/** ONNX scorers. `rows[i]` are the facts of event i; the answer has one list of scores an event, in the same order. */
export interface Scorer {
  readonly revision: string;
  score(rows: readonly { type: EventType; facts: Facts }[]): Promise<ScoreBatch>;
}

export type ScoreBatch =
  | { readonly ok: true; readonly scores: readonly (readonly ModelScore[])[] }
  /** The scorer failed or was too slow: rules decide alone and the verdict says `degraded: rules_only`. */
  | { readonly ok: false; readonly reason: string };
