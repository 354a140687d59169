import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { exportJWK, generateKeyPair } from 'jose';
import { type EventId, type Outcome, Redacted, type Verdict } from '../../../core/index.ts';
import { type RouteAccess, sendProblem } from '../../../platform/http/index.ts';
import { systemClock, systemRandom } from '../../../platform/clock/index.ts';
import type { Sql } from '../../../platform/sql/port.ts';
import { createAuditLog } from '../../audit/index.ts';
import { createDevices } from '../../devices/index.ts';
import { createOutbox } from '../../outbox/index.ts';
import { createRestrictions } from '../../restrictions/index.ts';
import { createIdentity, type Identity, type IdentityDeps, type IdentityKeys, type IdentityMail } from '../index.ts';
import { createWalletAgent, type WalletAgent } from '../agent/index.ts';

export interface IdentityHost {
  readonly baseUrl: string;
  readonly identity: Identity;
  readonly mails: IdentityMail[];
  /** What the engine shall say of the next logins; null says nothing in time. */
  decide(outcome: Outcome | null): void;
  agent(options?: { forwardedFor?: string; userAgent?: string }): Promise<WalletAgent>;
  close(): Promise<void>;
}

function clientOf(request: IncomingMessage): { ip: string; userAgent: string } {
  const forwarded = request.headers['x-forwarded-for'];
  const ip = typeof forwarded === 'string' ? forwarded : (request.socket.remoteAddress ?? '');
  return { ip, userAgent: request.headers['user-agent'] ?? '' };
}

async function testKeys(): Promise<IdentityKeys> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: 'test', alg: 'ES256', use: 'sig' };
  return {
    cookieSecrets: [new Redacted('a cookie secret of the tests, long enough')],
    jwks: new Redacted({ keys: [jwk] }),
    identifierPepper: new Redacted('a pepper of the tests'),
    totpKey: new Redacted(Buffer.alloc(32, 7)),
  };
}

function notReady(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(503).end();
}

/** A listening server whose handler comes later: the issuer's URL needs the port, and the routes need the issuer. */
async function listen(): Promise<{ http: Server; baseUrl: string; handleWith: (handler: RequestListener) => void }> {
  let handle: RequestListener = notReady;
  const http = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    http,
    baseUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    handleWith: (handler) => void (handle = handler),
  };
}

async function authenticate(identity: Identity, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  const access: RouteAccess | undefined = request.routeOptions.config.access;
  if (access?.kind === 'owner') {
    const owner = await identity.authenticateOwner(request);
    if (!owner.ok) return sendProblem(reply, owner.refusal.code === 'rate_limited' ? 429 : 401, owner.refusal);
    request.principal = owner.value;
  }
  if (access?.kind === 'staff') {
    const staff = await identity.authenticateStaff(request);
    if (!staff.ok) return sendProblem(reply, staff.refusal.code === 'csrf' ? 403 : 401, staff.refusal);
    if (!access.anyOf.some((role) => staff.value.roles.includes(role))) {
      return sendProblem(reply, 403, { code: 'role_missing', message: 'your roles do not include this' });
    }
    request.principal = staff.value;
  }
  return undefined;
}

async function serve(identity: Identity, http: Server, handleWith: (handler: RequestListener) => void): Promise<FastifyInstance> {
  const server: FastifyInstance = Fastify({
    serverFactory: (handler) => {
      handleWith(handler);
      return http;
    },
  });
  server.decorateRequest('principal', null);
  server.addHook('onRequest', (request, reply) => authenticate(identity, request, reply));
  for (const routes of [identity.publicRoutes, identity.ownerRoutes, identity.staffRoutes]) {
    await server.register(async (scope) => routes(scope));
  }
  await server.ready();
  return server;
}

/** The real server over a real database, with the wiring that `app/` does; only the engine's verdicts are given by hand. */
export async function openIdentityHost(sql: Sql, overrides: Partial<IdentityDeps> = {}): Promise<IdentityHost> {
  const { http, baseUrl, handleWith } = await listen();
  const [clock, random] = [overrides.clock ?? systemClock, systemRandom];
  const audit = createAuditLog({ clock });
  const outbox = createOutbox({ clock, random });
  const mails: IdentityMail[] = [];
  let outcome: Outcome | null = 'allow';
  const verdictOf = (eventId: EventId): Verdict | null =>
    outcome === null ? null : ({ body: { event_id: eventId, outcome, actions: [] } } as unknown as Verdict);
  const identity = createIdentity({
    sql,
    clock,
    random,
    audit,
    outbox,
    devices: createDevices({ clock, audit, outbox }),
    restrictions: createRestrictions({ clock, random, audit, outbox }),
    verdicts: { awaitVerdict: async (eventId) => verdictOf(eventId) },
    mail: async (message) => void mails.push(message),
    issuerUrl: `${baseUrl}/oidc`,
    keys: await testKeys(),
    clientOf,
    // The least Argon2 allows: the tests are about what happens around it.
    argon2: { memoryCost: 8, timeCost: 1, parallelism: 1 },
    ...overrides,
  });
  const server = await serve(identity, http, handleWith);
  const readMailedCode = async (email: string): Promise<string> => {
    const mail = mails.findLast((message) => message.to === email && /\b\d{6}\b/.test(message.text));
    const code = /\b\d{6}\b/.exec(mail?.text ?? '')?.[0];
    if (code === undefined) throw new Error(`no code was mailed to ${email}`);
    return code;
  };
  return {
    baseUrl,
    identity,
    mails,
    decide: (next) => void (outcome = next),
    agent: (options = {}) => createWalletAgent({ baseUrl, readMailedCode, clock, ...options }),
    async close() {
      await identity.stop();
      http.closeAllConnections();
      await server.close();
    },
  };
}
