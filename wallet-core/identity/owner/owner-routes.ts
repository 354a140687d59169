import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { DeviceId, Refusal } from '../../../core/index.ts';
import { type RouteAccess, type RoutePlugin, sendProblem } from '../../../platform/http/index.ts';
import type { IdentityContext } from '../context.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Caller, OwnerActs } from './owner-acts.ts';

const access: RouteAccess = { kind: 'owner' };
const Code = Type.String({ pattern: '^[0-9]{6}$' });
const EnrolBody = Type.Union([
  Type.Object(
    { code: Type.Optional(Code), password: Type.Optional(Type.String({ maxLength: 512 })) },
    { additionalProperties: false },
  ),
  Type.Null(),
]);
const ConfirmBody = Type.Object({ code: Code }, { additionalProperties: false });
const PasswordBody = Type.Object(
  { current: Type.String({ maxLength: 512 }), next: Type.String({ maxLength: 512 }) },
  { additionalProperties: false },
);
const DeviceParams = Type.Object({ id: Type.String({ pattern: '^[\\w-]{43}$' }) });

const STATUS: Readonly<Record<string, number>> = {
  throttled: 429,
  account_frozen: 403,
  password_needed: 403,
  totp_already_enrolled: 409,
  totp_not_enrolled: 409,
  totp_reused: 409,
  device_unknown: 404,
};

function callerOf(context: IdentityContext, request: FastifyRequest): Caller {
  if (request.principal?.kind !== 'owner') throw new Error('an owner route ran without an owner');
  return { principal: request.principal, client: context.clientOf(request.raw) };
}

function refuseWith(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return sendProblem(reply, STATUS[refusal.code] ?? 422, refusal);
}

function lookingRoutes(server: FastifyInstance, context: IdentityContext, acts: OwnerActs, sessions: Sessions): void {
  server.get('/v1/me', { config: { access } }, async (request) => {
    const { principal } = callerOf(context, request);
    const account = await acts.account(principal.accountId);
    const state = await context.restrictions.stateOf(context.sql, principal.accountId);
    return {
      account_id: account.accountId,
      email: account.email,
      locale: account.locale,
      state: {
        frozen: state.frozen,
        outgoing_blocked: state.outgoingBlocked,
        causes: state.causes.map(({ kind, since, reason }) => ({ kind, since, reason })),
      },
      factors: { totp: account.totp },
    };
  });
  server.get('/v1/me/devices', { config: { access } }, async (request) => {
    const { principal } = callerOf(context, request);
    const devices = await context.devices.list(context.sql, principal.accountId);
    return {
      devices: devices.map((device) => ({
        device_id: device.deviceId,
        current: device.deviceId === principal.deviceId,
        user_agent: device.userAgent,
        ip: device.ip,
        bound_at: device.boundAt,
        last_seen_at: device.lastSeenAt,
      })),
    };
  });
  server.get('/v1/me/sessions', { config: { access } }, async (request) => {
    const { principal } = callerOf(context, request);
    const live = await sessions.list(context.sql, principal.accountId);
    return {
      sessions: live.map((session) => ({
        session_id: session.sessionId,
        current: session.sessionId === principal.sessionId,
        device_id: session.deviceId,
        ip: session.ip,
        user_agent: session.userAgent,
        assurance: session.assurance,
        created_at: session.createdAt,
        last_seen_at: session.lastSeenAt,
      })),
    };
  });
}

function credentialRoutes(server: FastifyInstance, context: IdentityContext, acts: OwnerActs): void {
  server.post<{ Body: Static<typeof EnrolBody> }>(
    '/v1/me/totp/enrol',
    { config: { access }, schema: { body: EnrolBody } },
    async (request, reply) => {
      const enrolled = await acts.enrolTotp(callerOf(context, request), {
        code: request.body?.code ?? null,
        password: request.body?.password ?? null,
      });
      if (!enrolled.ok) return refuseWith(reply, enrolled.refusal);
      const { secret, uri } = enrolled.value;
      return reply.header('cache-control', 'no-store').send({ secret, otpauth_uri: uri });
    },
  );
  server.post<{ Body: Static<typeof ConfirmBody> }>(
    '/v1/me/totp/confirm',
    { config: { access }, schema: { body: ConfirmBody } },
    async (request, reply) => {
      const confirmed = await acts.confirmTotp(callerOf(context, request), request.body.code);
      return confirmed.ok ? reply.code(204).send() : refuseWith(reply, confirmed.refusal);
    },
  );
  server.post<{ Body: Static<typeof PasswordBody> }>(
    '/v1/me/password',
    { config: { access }, schema: { body: PasswordBody } },
    async (request, reply) => {
      const { current, next } = request.body;
      const changed = await acts.changePassword(callerOf(context, request), current, next);
      return changed.ok ? reply.code(204).send() : refuseWith(reply, changed.refusal);
    },
  );
}

/** `/v1/me` and what belongs to it: factors, password, devices, sessions, lock. */
export function ownerRoutes(context: IdentityContext, acts: OwnerActs, sessions: Sessions): RoutePlugin {
  return (server) => {
    lookingRoutes(server, context, acts, sessions);
    credentialRoutes(server, context, acts);
    server.delete<{ Params: Static<typeof DeviceParams> }>(
      '/v1/me/devices/:id',
      { config: { access }, schema: { params: DeviceParams } },
      async (request, reply) => {
        const removed = await acts.removeDevice(callerOf(context, request), request.params.id as DeviceId);
        return removed.ok ? reply.code(204).send() : refuseWith(reply, removed.refusal);
      },
    );
    server.post('/v1/me/sessions/revoke-all', { config: { access } }, async (request) => ({
      revoked: await acts.revokeAllSessions(callerOf(context, request)),
    }));
    server.post('/v1/me/lock', { config: { access } }, async (request, reply) => {
      await acts.lock(callerOf(context, request));
      return reply.code(204).send();
    });
  };
}
