import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyError, type FastifyInstance } from 'fastify';

import { LIMITS, MINUTE_MS, refuse, SECOND_MS } from '../../core/index.ts';
import { networkKey, type RoutePlugin, sendProblem } from '../../platform/http/index.ts';
import { type Authenticators, guardAccess } from './access-guard.ts';
import { checkValues } from './check-values.ts';
import { answerBadAddress, answerUnreadable } from './broken-requests.ts';
import type { ForwardedClient } from './forwarded-client.ts';
import type { ReservedAddress } from './reserve-address.ts';
import { createPartValidator } from './validate-parts.ts';

export interface ServerDeps {
  readonly authenticators: Authenticators;
  readonly routes: readonly RoutePlugin[];
  /** WebSocket door; false when the address is not its own. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
  readonly forwarded: ForwardedClient;
  readonly address: ReservedAddress;
  readonly secure: boolean;
  readonly logger: FastifyBaseLogger;
  readonly requestsPerMinute?: number | undefined;
}

/** A person clicks a few times a second, a busy console page asks for ten things at once; a flood is a hundred times that. */
const REQUESTS_PER_MINUTE = 1_200;
/** Slow-loris guard: an honest client sends its headers and body at once. */
const REQUEST_TIMEOUT_MS = 30 * SECOND_MS;

const contentSecurityPolicy = (secure: boolean) => ({
  directives: {
    // Over plain http on a local network the upgrade would make every page unreachable.
    upgradeInsecureRequests: secure ? [] : null,
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'"],
    // Inline style attributes (bar widths, virtual rows) are set by script through the DOM, which the policy does not touch.
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
    formAction: ["'self'"],
  },
});

function answerError(server: FastifyInstance): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    if (error.validation !== undefined) {
      return sendProblem(reply, 400, refuse('request_invalid', error.message.slice(0, 300)).refusal);
    }
    const status = error.statusCode ?? 500;
    if (status < 500)
      return sendProblem(
        reply,
        status,
        refuse(error.code?.toLowerCase() ?? 'request_refused', error.message.slice(0, 300)).refusal,
      );
    request.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    const away = refuse(
      'unavailable',
      'this cannot be answered right now; nothing was changed unless a later look says so',
    ).refusal;
    return sendProblem(reply, 'retryable' in error && error.retryable === true ? 503 : 500, away);
  });
  server.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, 404, refuse('not_found', 'there is nothing at this address').refusal),
  );
}

/** The one HTTP server: every route behind the guards, the live socket by upgrade. */
export async function createServer(deps: ServerDeps): Promise<FastifyInstance> {
  const server = Fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: LIMITS.requestBytesMax,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: (address) => deps.forwarded.isTrusted(address),
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: true,
    clientErrorHandler: answerUnreadable,
    frameworkErrors: answerBadAddress,
    serverFactory(handler) {
      deps.address.answerWith(handler);
      return deps.address.server;
    },
  });
  await server.register(helmet, {
    contentSecurityPolicy: contentSecurityPolicy(deps.secure),
    strictTransportSecurity: deps.secure ? { maxAge: 63_072_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'no-referrer' },
  });
  await server.register(rateLimit, {
    max: deps.requestsPerMinute ?? REQUESTS_PER_MINUTE,
    timeWindow: MINUTE_MS,
    keyGenerator: (request) => networkKey(deps.forwarded.clientOf(request.raw).ip),
  });
  await server.register(cookie);
  await server.register(formbody, { bodyLimit: 64 * 1024 });
  await server.register(swagger, {
    openapi: { info: { title: 'Bulwark', version: '1', description: 'Real-time risk and fraud monitoring for crypto wallets.' } },
  });
  server.setValidatorCompiler(createPartValidator());
  answerError(server);
  server.addHook('preValidation', async (request, reply) => {
    const refusal = checkValues([request.params, request.query, request.body]);
    return refusal === null ? undefined : sendProblem(reply, 400, refusal);
  });
  // RFC 9449 §7.1: says how to ask again.
  server.addHook('onSend', async (request, reply) => {
    if (reply.statusCode === 401 && request.routeOptions.config?.access?.kind === 'owner')
      reply.header('www-authenticate', 'DPoP algs="ES256 EdDSA"');
  });
  guardAccess(server, deps.authenticators, (request) => deps.forwarded.clientOf(request.raw));
  server.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!deps.upgrade(request, socket, head)) socket.destroy();
  });
  for (const routes of deps.routes) await server.register(async (scope) => routes(scope));
  await server.ready();
  return server;
}
