import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Clock } from '../../core/index.ts';
import { type RouteAccess, type RoutePlugin, sendProblem } from '../../platform/http/index.ts';
import type { Sql } from '../../platform/sql/port.ts';
import { ownerRecipient } from '../alert.ts';
import type { Questions } from '../answers/questions.ts';
import { ALERT_LIMITS } from '../limits.ts';
import { type InboxRow, listInbox } from './inbox.ts';
import type { LiveTickets } from './tickets.ts';

const OWNER: RouteAccess = { kind: 'owner' };
const Position = Type.String({ pattern: '^[0-9]{1,18}$', description: 'id of a message: decimal digits' });
const ListQuery = Type.Object({
  after: Type.Optional(Position),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: ALERT_LIMITS.pageMax, default: 50 })),
});
const MessageParams = Type.Object({ id: Position });
const AnswerBody = Type.Object(
  { answer: Type.Union([Type.Literal('yes'), Type.Literal('no')]) },
  { additionalProperties: false },
);

/** An alert as the owner's screen gets it. */
export function toOwnerAlert(row: InboxRow): Record<string, unknown> {
  const { severity, title, body, actions, template, event_id: eventId, alert_id: alertId } = row.body;
  return {
    id: row.position.toString(),
    alert_id: alertId,
    at: row.created_at.toISOString(),
    severity,
    template,
    title,
    body,
    actions,
    event_id: eventId,
    seen_at: row.seen_at?.toISOString() ?? null,
  };
}

function accountOf(request: FastifyRequest): string {
  if (request.principal?.kind !== 'owner') throw new TypeError('an owner route was reached without an owner');
  return request.principal.accountId;
}

function unknownAlert(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, 404, { code: 'alert_unknown', message: 'you have no such alert' });
}

export interface OwnerRouteDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly questions: Questions;
  readonly tickets: LiveTickets;
}

/** Alerts of the signed-in owner, and tickets for their live socket. */
export function createOwnerRoutes({ sql, clock, questions, tickets }: OwnerRouteDeps): RoutePlugin {
  return (server) => {
    server.get<{ Querystring: Static<typeof ListQuery> }>(
      '/v1/me/alerts',
      { config: { access: OWNER }, schema: { querystring: ListQuery } },
      async (request) => {
        const { after, limit } = request.query;
        const recipient = ownerRecipient(accountOf(request));
        const rows = await listInbox(sql, { recipient, after: after === undefined ? null : BigInt(after), limit: limit ?? 50 });
        return { alerts: rows.map(toOwnerAlert) };
      },
    );
    server.post<{ Params: Static<typeof MessageParams> }>(
      '/v1/me/alerts/:id/seen',
      { config: { access: OWNER }, schema: { params: MessageParams } },
      async (request, reply) => {
        const rows = await sql.query(
          'update alerts.in_app set seen_at = coalesce(seen_at, $3) where recipient = $1 and position = $2 returning 1',
          [ownerRecipient(accountOf(request)), BigInt(request.params.id), new Date(clock.now())],
        );
        return rows.length === 0 ? unknownAlert(reply) : reply.code(204).send();
      },
    );
    server.post<{ Params: Static<typeof MessageParams>; Body: Static<typeof AnswerBody> }>(
      '/v1/me/alerts/:id/answer',
      { config: { access: OWNER }, schema: { params: MessageParams, body: AnswerBody } },
      async (request, reply) => {
        const accountId = accountOf(request);
        const [row] = await sql.query<{ alert_id: string }>(
          'select alert_id::text from alerts.in_app where recipient = $1 and position = $2',
          [ownerRecipient(accountId), BigInt(request.params.id)],
        );
        if (row === undefined) return unknownAlert(reply);
        const result = await questions.answerByOwner(accountId, row.alert_id, request.body.answer);
        if (!result.ok) return sendProblem(reply, result.refusal.code === 'answer_link_expired' ? 410 : 404, result.refusal);
        return reply.send({ outcome: result.value.outcome });
      },
    );
    server.post('/v1/live/tickets', { config: { access: OWNER } }, async (request, reply) => {
      const accountId = accountOf(request);
      const issued = await tickets.issue({ recipient: ownerRecipient(accountId), principal: `owner:${accountId}` });
      if (!issued.ok) return sendProblem(reply, 429, issued.refusal);
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ticket: issued.value.ticket.reveal(), expires_at: issued.value.expiresAt.toISOString() });
    });
  };
}
