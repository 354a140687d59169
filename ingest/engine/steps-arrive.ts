import {
  type BulwarkEvent,
  type Clock,
  type Facts,
  type FactValue,
  LIVE_STREAM,
  TOPICS,
  type VerdictBody,
} from '../../core/index.ts';
import type { StoredRecord } from '../../platform/event-log/port.ts';
import { decodeEvent, type StreamKind } from '../decode/index.ts';
import { type Enricher, enrichmentOf, stampUsd } from '../enrich/index.ts';
import type { EngineMetrics } from './metrics.ts';
import { deadLetter, pass, type Step } from './step.ts';
import { entersWindows, type Streams, type StreamState } from './streams.ts';

export interface Decoded {
  readonly record: StoredRecord;
  readonly stream: StreamState;
  readonly event: BulwarkEvent;
  readonly timeMs: number;
}

export interface Enriched extends Decoded {
  readonly enrichment: Facts;
}

/** An event with its facts and its place in the order of arrivals. */
export interface Arrived extends Decoded {
  readonly facts: Facts;
  /** From 1, without gaps, per stream. */
  readonly arrival: number;
}

/** Which streams a topic may carry. */
export function streamKind(topic: string): StreamKind {
  return topic === TOPICS.imports ? 'import' : 'live';
}

/** Bytes to an event of the contract, from whom it says, in a stream this topic may carry. `clock` null: its time was checked before. */
export function createDecodeStep(clock: Clock | null, streams: Streams): Step<StoredRecord, Decoded> {
  return function decodeStep(record) {
    const kind = streamKind(record.topic);
    const nowMs = clock === null || kind === 'import' ? null : clock.now();
    const decoded = decodeEvent(record.value, { sender: record.headers.source, streams: kind, nowMs });
    if (!decoded.ok) return deadLetter('decode', decoded.refusal.code, decoded.refusal.message);
    const { event, timeMs } = decoded.value;
    const stream = streams.get(event.stream);
    if (stream === null) return deadLetter('decode', 'stream_not_allowed', 'there are too many import streams already');
    return pass({ record, stream, event, timeMs });
  };
}

/** A repeated (source, id) within the horizon was judged already. */
export function createDropDuplicatesStep(): Step<Decoded, Decoded> {
  return function dropDuplicatesStep(decoded) {
    if (decoded.stream.dedupe.has(decoded.event.source, decoded.event.id)) return { kind: 'drop', reason: 'duplicate' };
    return pass(decoded);
  };
}

/** What our lists know of the event. */
export function createEnrichStep(enricher: Enricher): Step<Decoded, Enriched> {
  return function enrichStep(decoded) {
    const enrichment = enricher.enrich(decoded.event, decoded.timeMs);
    return pass({ ...decoded, event: stampUsd(decoded.event, enrichment), enrichment });
  };
}

/** What our lists knew when the event was judged. */
export function createRememberedEnrichStep(body: VerdictBody): Step<Decoded, Enriched> {
  return function rememberedEnrichStep(decoded) {
    const enrichment = enrichmentOf(body.facts);
    return pass({ ...decoded, event: stampUsd(decoded.event, enrichment), enrichment });
  };
}

const isBroken = (value: FactValue | undefined) => typeof value === 'number' && !Number.isFinite(value);

/** Not-a-number is no JSON and cannot be signed: such a fact is not known, so it is left out, and rules that need it are undecided. */
export function finite(facts: Facts): Facts {
  for (const name in facts) {
    if (isBroken(facts[name])) return Object.fromEntries(Object.entries(facts).filter(([, value]) => !isBroken(value)));
  }
  return facts;
}

/** Takes the event into the stream's past and gives the facts it saw. From here on it counts as arrived. */
export function createFeaturesStep(deps: { metrics: EngineMetrics; onError(error: unknown): void }): Step<Enriched, Arrived> {
  return function featuresStep({ record, stream, event, timeMs, enrichment }) {
    const inWindows = entersWindows(stream, timeMs);
    let facts: Facts;
    try {
      facts = finite(stream.features.advance({ event, timeMs, inWindows, enrichment }));
    } catch (error) {
      deps.onError(error);
      return deadLetter('features', 'features_failed', 'the features of this event could not be computed');
    }
    if (!inWindows) deps.metrics.late(stream.name);
    stream.timeMs = Math.max(stream.timeMs, timeMs);
    stream.arrivals += 1;
    stream.dedupe.add(event.source, event.id, stream.timeMs);
    return pass({ record, stream, event, timeMs, facts, arrival: stream.arrivals });
  };
}

/** The stream a record belongs to by its topic, for labels where it could not be decoded. */
export function streamLabel(record: StoredRecord): string {
  return record.topic === TOPICS.events ? LIVE_STREAM : (record.headers.stream ?? 'unknown');
}
