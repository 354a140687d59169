import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ClientInfo, type Principal, refuse } from '../../core/index.ts';
import { type RouteAccess, sendProblem } from '../../platform/http/index.ts';

/** Answers who a request comes from, by its credentials alone. A reply sent inside ends the request (a problem document). */
export interface Authenticators {
  owner(request: FastifyRequest, reply: FastifyReply): Promise<Principal | null>;
  staff(request: FastifyRequest, reply: FastifyReply): Promise<Principal | null>;
  service(request: FastifyRequest): Promise<Principal | null>;
}

const unauthenticated = refuse('unauthenticated', 'this address needs you to sign in').refusal;
const forbidden = refuse('forbidden', 'your role does not include this').refusal;

/** May this principal use a route of this access? */
export function permits(access: RouteAccess, principal: Principal): boolean {
  switch (access.kind) {
    case 'public':
      return true;
    case 'owner':
      return principal.kind === 'owner';
    case 'staff':
      return principal.kind === 'staff' && principal.roles.some((role) => access.anyOf.includes(role));
    case 'service':
      return principal.kind === 'service' && principal.scopes.includes(access.scope);
  }
}

async function authenticate(
  access: RouteAccess,
  authenticators: Authenticators,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Principal | null> {
  switch (access.kind) {
    case 'public':
      return null;
    case 'owner':
      return authenticators.owner(request, reply);
    case 'staff':
      return authenticators.staff(request, reply);
    case 'service':
      return authenticators.service(request);
  }
}

/** The network end of a request; `request.ip` believes X-Forwarded-For from trusted proxies alone. */
export function clientOf(request: FastifyRequest, principal: Principal | null): ClientInfo {
  const userAgent = request.headers['user-agent'] ?? '';
  return {
    ip: request.ip.replace(/^::ffff:/, ''),
    userAgent: userAgent.slice(0, 256),
    deviceId: principal?.kind === 'owner' ? principal.deviceId : null,
    sessionId: principal?.kind === 'owner' || principal?.kind === 'staff' ? principal.sessionId : null,
  };
}

/**
 * No route is open by omission: one that declares no access does not register, and every other is checked before its handler
 * runs. Register before any route.
 */
export function guardAccess(server: FastifyInstance, authenticators: Authenticators): void {
  server.decorateRequest('principal', null);
  server.decorateRequest('client', null as unknown as ClientInfo);
  server.addHook('onRoute', (route) => {
    if (route.config?.access === undefined) throw new Error(`route ${String(route.method)} ${route.url} declares no access`);
  });
  server.addHook('onRequest', async (request) => {
    request.client = clientOf(request, null);
  });
  server.addHook('preValidation', async (request, reply) => {
    const access = request.routeOptions.config.access;
    if (access === undefined || access.kind === 'public') return;
    const principal = await authenticate(access, authenticators, request, reply);
    if (reply.sent) return;
    if (principal === null) await sendProblem(reply, 401, unauthenticated);
    else if (permits(access, principal)) {
      request.principal = principal;
      request.client = clientOf(request, principal);
    } else await sendProblem(reply, 403, forbidden);
  });
}
