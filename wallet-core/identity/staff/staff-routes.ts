import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { refuse, type Result, succeed } from '../../../core/index.ts';
import { type RoutePlugin, sendProblem } from '../../../platform/http/index.ts';
import type { SqlTransaction } from '../../../platform/sql/port.ts';
import { findAccount, maskEmail } from '../accounts.ts';
import type { IdentityContext } from '../context.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { checkFourEyes } from './four-eyes.ts';
import { staffAccess } from './policy.ts';
import type { Staff } from './staff.ts';
import type { StaffPrincipal, StaffSessions } from './staff-sessions.ts';

const Params = Type.Object({ id: Type.String({ pattern: '^[0-9a-f-]{36}$' }) });
const Reason = Type.String({ minLength: 3, maxLength: 500 });
const FreezeBody = Type.Object({ reason: Reason }, { additionalProperties: false });
const UnfreezeBody = Type.Object(
  { restriction_id: Type.String({ maxLength: 64 }), reason: Reason },
  { additionalProperties: false },
);
type ById = { Params: Static<typeof Params> };

const STATUS: Readonly<Record<string, number>> = {
  account_unknown: 404,
  restriction_unknown: 404,
  restriction_already_lifted: 409,
};

function staffOf(request: FastifyRequest): StaffPrincipal {
  if (request.principal?.kind !== 'staff') throw new Error('a staff route ran without a staff principal');
  return request.principal;
}

async function recordAct(
  context: IdentityContext,
  transaction: SqlTransaction,
  act: {
    readonly person: StaffPrincipal;
    readonly name: string;
    readonly accountId: string;
    readonly target: string;
    readonly reason: string;
  },
): Promise<void> {
  await context.outbox.append(transaction, {
    type: 'wallet.staff.acted',
    subject: act.accountId,
    data: { staff_id: act.person.staffId, act: act.name, target: act.target, reason: act.reason },
  });
  await context.audit.append(transaction, {
    kind: `staff_${act.name}`,
    actor: `staff:${act.person.staffId}`,
    subject: act.accountId,
    details: { target: act.target, reason: act.reason },
  });
}

async function freeze(context: IdentityContext, person: StaffPrincipal, accountId: string, reason: string) {
  if ((await findAccount(context.sql, accountId)) === null) return refuse('account_unknown', 'there is no such account');
  return context.sql.transaction(async (transaction) => {
    const imposed = await context.restrictions.impose(transaction, {
      accountId,
      kind: 'freeze',
      cause: { kind: 'staff', id: person.staffId },
      author: `staff:${person.staffId}`,
      reason,
    });
    await recordAct(context, transaction, { person, name: 'account_frozen', accountId, target: imposed.id, reason });
    return succeed(imposed.id);
  });
}

async function unfreeze(
  context: IdentityContext,
  person: StaffPrincipal,
  accountId: string,
  lifting: Static<typeof UnfreezeBody>,
): Promise<Result<void>> {
  const { restriction_id: id, reason } = lifting;
  return context.sql.transaction(async (transaction): Promise<Result<void>> => {
    await context.restrictions.lockAccount(transaction, accountId);
    const state = await context.restrictions.stateOf(transaction, accountId);
    const restriction = state.causes.find((cause) => cause.id === id);
    if (restriction === undefined) return refuse('restriction_unknown', 'the account has no such restriction');
    const allowed = checkFourEyes(restriction, person);
    if (!allowed.ok) return allowed;
    const lifted = await context.restrictions.lift(transaction, { id, by: `staff:${person.staffId}`, reason });
    if (!lifted.ok) return lifted;
    await recordAct(context, transaction, { person, name: 'account_unfrozen', accountId, target: id, reason });
    return succeed(undefined);
  });
}

async function describeAccount(context: IdentityContext, sessions: Sessions, accountId: string) {
  const account = await findAccount(context.sql, accountId);
  if (account === null) return null;
  const [state, devices, live] = await Promise.all([
    context.restrictions.stateOf(context.sql, accountId),
    context.devices.list(context.sql, account.accountId),
    sessions.list(context.sql, account.accountId),
  ]);
  return {
    account_id: account.accountId,
    email: maskEmail(account.email),
    locale: account.locale,
    factors: { totp: account.totp },
    state: {
      frozen: state.frozen,
      outgoing_blocked: state.outgoingBlocked,
      causes: state.causes.map(({ id, kind, cause, author, since, ends, reason }) => ({
        id,
        kind,
        cause,
        author,
        since,
        ends,
        reason,
      })),
    },
    devices: devices.map((device) => ({
      device_id: device.deviceId,
      user_agent: device.userAgent,
      ip: device.ip,
      bound_at: device.boundAt,
      last_seen_at: device.lastSeenAt,
    })),
    sessions: live.map((session) => ({
      session_id: session.sessionId,
      device_id: session.deviceId,
      ip: session.ip,
      user_agent: session.userAgent,
      assurance: session.assurance,
      created_at: session.createdAt,
      last_seen_at: session.lastSeenAt,
    })),
  };
}

function answer(reply: FastifyReply, result: Result<unknown>): FastifyReply {
  return result.ok ? reply.code(204).send() : sendProblem(reply, STATUS[result.refusal.code] ?? 403, result.refusal);
}

export interface StaffRoutesDeps {
  readonly context: IdentityContext;
  readonly staff: Staff;
  readonly staffSessions: StaffSessions;
  readonly sessions: Sessions;
}

/** `/v1/staff/me`, `/v1/staff/logout`, `/v1/staff/accounts/:id` and its freeze and unfreeze. */
export function staffRoutes({ context, staff, staffSessions, sessions }: StaffRoutesDeps): RoutePlugin {
  return (server: FastifyInstance) => {
    server.get('/v1/staff/me', { config: { access: staffAccess('self') } }, async (request, reply) => {
      const person = staffOf(request);
      const member = await staff.find(person.staffId);
      return reply.header('cache-control', 'no-store').send({
        staff_id: person.staffId,
        name: member?.name ?? '',
        roles: person.roles,
        csrf_token: staffSessions.csrfToken(person.sessionId),
      });
    });
    server.post('/v1/staff/logout', { config: { access: staffAccess('self') } }, async (request, reply) => {
      await staffSessions.close(reply, staffOf(request).sessionId);
      return reply.code(204).send();
    });
    server.get<ById>(
      '/v1/staff/accounts/:id',
      { config: { access: staffAccess('viewAccount') }, schema: { params: Params } },
      async (request, reply) => {
        const described = await describeAccount(context, sessions, request.params.id);
        if (described === null) return sendProblem(reply, 404, { code: 'account_unknown', message: 'there is no such account' });
        return reply.send(described);
      },
    );
    server.post<ById & { Body: Static<typeof FreezeBody> }>(
      '/v1/staff/accounts/:id/freeze',
      { config: { access: staffAccess('freezeAccount') }, schema: { params: Params, body: FreezeBody } },
      async (request, reply) => {
        const frozen = await freeze(context, staffOf(request), request.params.id, request.body.reason);
        return frozen.ok ? reply.code(201).send({ restriction_id: frozen.value }) : answer(reply, frozen);
      },
    );
    server.post<ById & { Body: Static<typeof UnfreezeBody> }>(
      '/v1/staff/accounts/:id/unfreeze',
      { config: { access: staffAccess('unfreezeAccount') }, schema: { params: Params, body: UnfreezeBody } },
      async (request, reply) => answer(reply, await unfreeze(context, staffOf(request), request.params.id, request.body)),
    );
  };
}
