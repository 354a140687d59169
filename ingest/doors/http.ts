import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import {
  type BulwarkEvent,
  type Clock,
  hashJson,
  LIMITS,
  LIVE_STREAM,
  type Refusal,
  refuse,
  type Result,
  SECOND_MS,
  succeed,
  TOPICS,
} from '../../core/index.ts';
import type { EventLog, LogRecord } from '../../platform/event-log/port.ts';
import { type RoutePlugin, sendProblem } from '../../platform/http/index.ts';
import { decodeEvent, type DecodeRefusal } from '../decode/index.ts';
import type { AwaitVerdict } from './verdict-waiter.ts';

export interface EventRoutesDeps {
  readonly log: EventLog;
  readonly clock: Clock;
  /** Settles once the verdict is known, or with null when the wait is over. */
  readonly awaitVerdict: AwaitVerdict;
}

const SCOPE = 'events:write';
/** A caller may wait longer than the wallet itself, but not hold a connection for good. */
const WAIT_MS_MAX = 10 * SECOND_MS;

/** Any object: the decoder checks it, event by event, and says of each what is wrong. */
const LooseEvent = Type.Object({}, { description: 'CloudEvents 1.0; `source` and `stream` are stamped here' });

const RefusedEvent = Type.Object({
  index: Type.Integer(),
  id: Type.Union([Type.String(), Type.Null()]),
  code: Type.String(),
  message: Type.String(),
});

const Accepted = Type.Object({ accepted: Type.Array(Type.String()), refused: Type.Array(RefusedEvent) });

/** The source of a service's events, out of the name in its credentials. */
export function serviceSource(name: string): string {
  return `urn:bulwark:service:${name}`;
}

function senderOf(request: FastifyRequest): string | null {
  return request.principal?.kind === 'service' ? serviceSource(request.principal.name) : null;
}

interface Publishable {
  readonly event: BulwarkEvent;
  readonly record: LogRecord;
}

/** Stamps source and stream, then checks as the engine will: what is accepted here is judged there. */
function prepare(given: unknown, source: string, nowMs: number): Result<Publishable, DecodeRefusal> {
  if (typeof given !== 'object' || given === null) return refuse('envelope_invalid', '/ must be object');
  const claimed = 'source' in given ? given.source : source;
  if (claimed !== source) return refuse('source_forged', `/source must be left out, or be ${source}`);
  const text = JSON.stringify({ specversion: '1.0', stream: LIVE_STREAM, ...given, source });
  const decoded = decodeEvent(text, { sender: source, streams: 'live', nowMs });
  if (!decoded.ok) return decoded;
  const { event } = decoded.value;
  const headers = { source, type: event.type, stream: event.stream, event_id: event.id };
  return succeed({ event, record: { key: event.subject, value: text, headers } });
}

function idOf(given: unknown): string | null {
  const id = typeof given === 'object' && given !== null && 'id' in given ? given.id : null;
  return typeof id === 'string' ? id.slice(0, 100) : null;
}

function notAService(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, 403, refuse('not_a_service', 'events are taken from service credentials alone').refusal);
}

function statusOf(refusal: Refusal): number {
  return refusal.code === 'source_forged' ? 403 : refusal.code === 'too_large' ? 413 : 400;
}

async function takeEvents(deps: EventRoutesDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const source = senderOf(request);
  if (source === null) return notAService(reply);
  const given: readonly unknown[] = Array.isArray(request.body) ? request.body : [request.body];
  const nowMs = deps.clock.now();
  const prepared = given.map((each) => prepare(each, source, nowMs));
  const good = prepared.flatMap((each) => (each.ok ? [each.value] : []));
  const refused = prepared.flatMap((each, index) => (each.ok ? [] : [{ index, id: idOf(given[index]), ...each.refusal }]));
  const [first] = refused;
  if (first !== undefined && good.length === 0) return sendProblem(reply, statusOf(first), first, { refused });
  await deps.log.produce(
    TOPICS.events,
    good.map(({ record }) => record),
  );
  return reply.code(202).send({ accepted: good.map(({ event }) => event.id), refused });
}

type AssessRequest = FastifyRequest<{ Querystring: { wait_ms?: number } }>;

/** Bodies of late assessments, to tell a repetition from another event under the same id. An entry costs about 200 bytes. */
const REMEMBERED_MAX = 10_000;

/** True unless the same sender gave another body under this id lately. */
function createSameBody() {
  const hashes = new Map<string, string>();
  return function isSameBody({ event }: Publishable): boolean {
    const key = `${event.source}|${event.id}`;
    const hash = hashJson(event);
    const known = hashes.get(key);
    if (known !== undefined) return known === hash;
    hashes.set(key, hash);
    const [oldest] = hashes.keys();
    if (hashes.size > REMEMBERED_MAX && oldest !== undefined) hashes.delete(oldest);
    return true;
  };
}

type AssessDeps = EventRoutesDeps & { readonly isSameBody: ReturnType<typeof createSameBody> };

async function assess(deps: AssessDeps, request: AssessRequest, reply: FastifyReply): Promise<FastifyReply> {
  const source = senderOf(request);
  if (source === null) return notAService(reply);
  const prepared = prepare(request.body, source, deps.clock.now());
  if (!prepared.ok) return sendProblem(reply, statusOf(prepared.refusal), prepared.refusal);
  const { event, record } = prepared.value;
  if (!deps.isSameBody(prepared.value)) {
    return sendProblem(reply, 409, refuse('exists_with_different_body', 'another event has this id already').refusal);
  }
  // The wait begins before the event is out, so that its verdict cannot come in between.
  const answer = deps.awaitVerdict({ source, id: event.id }, request.query.wait_ms ?? LIMITS.withdrawalVerdictWaitMs);
  await deps.log.produce(TOPICS.events, [record]);
  const verdict = await answer;
  if (verdict !== null) return reply.code(200).send(verdict);
  const late = refuse('no_verdict_yet', 'no verdict came in time; hold what the event asks for, and ask again with the same id');
  return sendProblem(reply, 504, late.refusal, { outcome: 'hold', event_id: event.id });
}

/** CloudEvents' own media types, besides application/json. */
function acceptCloudEvents(server: FastifyInstance): void {
  const parser = server.getDefaultJsonParser('error', 'error');
  const types = ['application/cloudevents+json', 'application/cloudevents-batch+json'];
  server.addContentTypeParser(types, { parseAs: 'string', bodyLimit: LIMITS.requestBytesMax }, parser);
}

/**
 * `POST /v1/events`: one event or a batch of up to 1,000; 202 says which are durable on the log, and which are refused and why.
 * `POST /v1/assess`: one event, answered with its signed verdict, or with 504 `no_verdict_yet`, which means *hold*. Both take events of services
 * with the scope `events:write`; `source` is stamped from the credentials, and `wallet.*` types are refused.
 */
export function eventRoutes(deps: EventRoutesDeps): RoutePlugin {
  const assessDeps = { ...deps, isSameBody: createSameBody() };
  return async function plugin(parent) {
    await parent.register(async (server) => {
      acceptCloudEvents(server);
      const config = { access: { kind: 'service', scope: SCOPE } as const };
      const bodyLimit = LIMITS.requestBytesMax;
      const batch = Type.Array(LooseEvent, { minItems: 1, maxItems: LIMITS.eventsPerRequestMax });
      server.post(
        '/v1/events',
        {
          config,
          bodyLimit,
          schema: { summary: 'Takes events', body: Type.Union([LooseEvent, batch]), response: { 202: Accepted } },
        },
        (request, reply) => takeEvents(deps, request, reply),
      );
      const wait = Type.Object({ wait_ms: Type.Optional(Type.Integer({ minimum: 1, maximum: WAIT_MS_MAX })) });
      server.post<{ Querystring: { wait_ms?: number } }>(
        '/v1/assess',
        {
          config,
          bodyLimit,
          schema: { summary: 'Takes an event and answers with its verdict', body: LooseEvent, querystring: wait },
        },
        (request, reply) => assess(assessDeps, request, reply),
      );
    });
  };
}
