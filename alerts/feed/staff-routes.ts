import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { type RouteAccess, type RoutePlugin, sendProblem } from '../../platform/http/index.ts';
import type { Sql } from '../../platform/sql/port.ts';
import { type AlertDetails, STAFF_RECIPIENT, type TemplateName } from '../alert.ts';
import { ALERT_LIMITS } from '../limits.ts';
import { type AssetLookup, renderAlert } from '../notifications/render.ts';
import { FEED_ROLES } from './authorise-live.ts';
import type { LiveTickets } from './tickets.ts';
import { listVerdicts, verdictsOf } from './verdict-feed.ts';

const STAFF: RouteAccess = { kind: 'staff', anyOf: FEED_ROLES };
const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: ALERT_LIMITS.pageMax, default: 50 }));
const AccountId = Type.Optional(Type.String({ minLength: 1, maxLength: 128 }));
const VerdictQuery = Type.Object({
  after: Type.Optional(Type.String({ pattern: '^[0-9]{1,18}$' })),
  limit: Limit,
  account_id: AccountId,
});
const AlertQuery = Type.Object({
  limit: Limit,
  account_id: AccountId,
  audience: Type.Optional(
    Type.Union([Type.Literal('owner'), Type.Literal('staff')], { description: 'whose alerts; staff by default' }),
  ),
  before: Type.Optional(Type.String({ format: 'date-time', description: 'alerts older than this' })),
});
const EventParams = Type.Object({ event_id: Type.String({ minLength: 1, maxLength: 128 }) });

interface StaffAlertRow extends Record<string, unknown> {
  readonly id: string;
  readonly audience: 'owner' | 'staff';
  readonly account_id: string;
  readonly template: TemplateName;
  readonly severity: string;
  readonly details: AlertDetails;
  readonly event_id: string | null;
  readonly occurrences: number;
  readonly created_at: Date;
  readonly deliveries: readonly { channel: string; state: string; attempts: number; last_error: string | null }[];
  readonly answer: 'yes' | 'no' | 'open' | null;
}

const ALERTS = `select a.id::text, a.audience, a.account_id, a.template, a.severity, a.details, a.event_id, a.occurrences, a.created_at,
    (select coalesce(json_agg(json_build_object('channel', d.channel, 'step', d.step, 'state', d.state, 'attempts', d.attempts,
                                                'last_error', d.last_error) order by d.step, d.channel), '[]'::json)
       from alerts.delivery d where d.alert_id = a.id) as deliveries,
    (select case when q.no_at is not null then 'no' when q.yes_at is not null then 'yes' else 'open' end
       from alerts.question q where q.alert_id = a.id) as answer
  from alerts.alert a
 where a.audience = $1 and ($2::text is null or a.account_id = $2) and ($3::timestamptz is null or a.created_at < $3)
 order by a.created_at desc, a.id desc limit $4`;

function toStaffAlert(row: StaffAlertRow, assetOf: AssetLookup): Record<string, unknown> {
  const { title, body } = renderAlert({ ...row, accountId: row.account_id }, 'en', assetOf);
  const { id, audience, account_id, template, severity, details, event_id, occurrences, deliveries, answer } = row;
  const at = row.created_at.toISOString();
  return { id, at, audience, account_id, severity, template, title, body, details, event_id, occurrences, deliveries, answer };
}

function staffIdOf(request: FastifyRequest): string {
  if (request.principal?.kind !== 'staff') throw new TypeError('a staff route was reached without staff');
  return request.principal.staffId;
}

export interface StaffRouteDeps {
  readonly sql: Sql;
  readonly tickets: LiveTickets;
  readonly assetOf: AssetLookup;
}

/** What staff read: alerts with how they were delivered and answered, the feed of verdicts, one verdict with its why. */
export function createStaffRoutes({ sql, tickets, assetOf }: StaffRouteDeps): RoutePlugin {
  return (server) => {
    server.get<{ Querystring: Static<typeof AlertQuery> }>(
      '/v1/staff/alerts',
      { config: { access: STAFF }, schema: { querystring: AlertQuery } },
      async (request) => {
        const { audience, account_id, before, limit } = request.query;
        const rows = await sql.query<StaffAlertRow>(ALERTS, [
          audience ?? 'staff',
          account_id ?? null,
          before ?? null,
          limit ?? 50,
        ]);
        return {
          alerts: rows.map((row) => toStaffAlert(row, assetOf)),
          next_before: rows.at(-1)?.created_at.toISOString() ?? null,
        };
      },
    );
    server.get<{ Querystring: Static<typeof VerdictQuery> }>(
      '/v1/staff/verdicts',
      { config: { access: STAFF }, schema: { querystring: VerdictQuery } },
      async (request) => {
        const { after, limit, account_id } = request.query;
        const rows = await listVerdicts(sql, {
          after: after === undefined ? null : BigInt(after),
          limit: limit ?? 50,
          accountId: account_id ?? null,
        });
        return { verdicts: rows.map(({ position, slim }) => ({ id: position.toString(), ...slim })) };
      },
    );
    server.get<{ Params: Static<typeof EventParams> }>(
      '/v1/staff/verdicts/:event_id',
      { config: { access: STAFF }, schema: { params: EventParams } },
      async (request, reply) => {
        const [verdict, ...earlier] = await verdictsOf(sql, request.params.event_id);
        if (verdict === undefined) {
          const message = 'the recent verdicts have none on this event; older ones are in the analytics store';
          return sendProblem(reply, 404, { code: 'verdict_unknown', message });
        }
        return reply.send({ verdict, earlier });
      },
    );
    server.post('/v1/staff/live/tickets', { config: { access: STAFF } }, async (request, reply) => {
      const issued = await tickets.issue({ recipient: STAFF_RECIPIENT, principal: `staff:${staffIdOf(request)}` });
      if (!issued.ok) return sendProblem(reply, 429, issued.refusal);
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ticket: issued.value.ticket.reveal(), expires_at: issued.value.expiresAt.toISOString() });
    });
  };
}
