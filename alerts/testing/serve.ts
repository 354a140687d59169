import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Principal, StaffRole } from '../../core/index.ts';
import type { Alerts } from '../index.ts';

/** The tests' front door: `x-as: owner:ana` or `x-as: staff:sam:viewer,analyst`. */
export function principalOf(header: unknown): Principal | null {
  if (typeof header !== 'string') return null;
  const [kind, id = '', roles = ''] = header.split(':');
  const sessionId = 'session' as never;
  if (kind === 'owner') return { kind, accountId: id as never, sessionId, deviceId: 'device' as never };
  if (kind === 'staff') return { kind, staffId: id as never, sessionId, roles: roles.split(',') as StaffRole[] };
  return null;
}

/** The room's routes and live socket on a real server. */
export async function serve(alerts: Alerts): Promise<{ server: FastifyInstance; baseUrl: string }> {
  const server = Fastify();
  server.decorateRequest('principal', null);
  server.addHook('onRequest', (request, reply, done) => {
    const principal = principalOf(request.headers['x-as']);
    request.principal = principal;
    const access = request.routeOptions.config.access;
    const roles = principal?.kind === 'staff' ? principal.roles : [];
    const allowed =
      access?.kind === 'public' ||
      (access?.kind === 'owner' && principal?.kind === 'owner') ||
      (access?.kind === 'staff' && roles.some((role) => access.anyOf.includes(role)));
    if (allowed) done();
    else void reply.code(403).send({ code: 'test_access_refused' });
  });
  await server.register(alerts.publicRoutes);
  await server.register(alerts.ownerRoutes);
  await server.register(alerts.staffRoutes);
  server.server.on('upgrade', (request, socket, head) => {
    if (!alerts.hub.handleUpgrade(request, socket, head)) socket.destroy();
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.address() as AddressInfo;
  return { server, baseUrl: `http://127.0.0.1:${port}` };
}
