import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ClientInfo, type Principal, refuse, type Refusal, type Result } from '../../core/index.ts';
import { type RouteAccess, sendProblem } from '../../platform/http/index.ts';

/** Answers who a request comes from, by its credentials alone. */
export interface Authenticators {
  owner(request: FastifyRequest): Promise<Result<Principal>>;
  staff(request: FastifyRequest): Promise<Result<Principal>>;
  service(request: FastifyRequest): Promise<Result<Principal>>;
}

export interface GuardedRoute {
  readonly method: string;
  /** With `:name` for parameters. */
  readonly url: string;
  readonly access: RouteAccess;
}

const guarded = new WeakMap<FastifyInstance, readonly GuardedRoute[]>();

/** Every route of the server and who may use it: what an auditor walks. */
export function guardedRoutes(server: FastifyInstance): readonly GuardedRoute[] {
  return guarded.get(server) ?? [];
}

const forbidden = refuse('forbidden', 'your role does not include this').refusal;
/** Everything else a credential can be refused for is 401. */
const STATUS: Readonly<Record<string, number>> = { rate_limited: 429, csrf: 403 };

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

function sendUnauthenticated(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return sendProblem(reply, STATUS[refusal.code] ?? 401, refusal);
}

/**
 * No route is open by omission: one that declares no access does not register, and every other is checked before its handler
 * runs. Register before any route.
 */
export function guardAccess(
  server: FastifyInstance,
  authenticators: Authenticators,
  clientOf: (request: FastifyRequest) => { readonly ip: string; readonly userAgent: string },
): void {
  const clientInfo = (request: FastifyRequest, principal: Principal | null): ClientInfo => ({
    ...clientOf(request),
    deviceId: principal?.kind === 'owner' ? principal.deviceId : null,
    sessionId: principal === null || principal.kind === 'service' ? null : principal.sessionId,
  });
  server.decorateRequest('principal', null);
  server.decorateRequest('client', null as unknown as ClientInfo);
  const routes: GuardedRoute[] = [];
  guarded.set(server, routes);
  server.addHook('onRoute', (route) => {
    const access = route.config?.access;
    if (access === undefined) throw new Error(`route ${String(route.method)} ${route.url} declares no access`);
    for (const method of [route.method].flat()) routes.push({ method, url: route.url, access });
  });
  server.addHook('onRequest', async (request, reply) => {
    request.client = clientInfo(request, null);
    const access = request.routeOptions.config.access;
    if (access === undefined || access.kind === 'public') return undefined;
    const authenticated = await authenticators[access.kind](request);
    if (!authenticated.ok) return sendUnauthenticated(reply, authenticated.refusal);
    if (!permits(access, authenticated.value)) return sendProblem(reply, 403, forbidden);
    request.principal = authenticated.value;
    request.client = clientInfo(request, authenticated.value);
    return undefined;
  });
}
