import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { type Principal, type Redacted, refuse, type Result, succeed } from '../../core/index.ts';

/** What a service that only sends events may do. */
const SCOPES = ['events:write'] as const;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Knows services by `Authorization: Bearer TOKEN` (RFC 6750). Digests are compared, all of them, in constant time. */
export function createServiceAuthenticator(services: ReadonlyMap<string, Redacted<string>>) {
  const known = [...services].map(([name, token]) => ({ name, token: digest(token.reveal()) }));
  return async (request: FastifyRequest): Promise<Result<Principal>> => {
    const [, token] = /^Bearer ([\w-]{1,200})$/.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined) return refuse('token_missing', 'send your service token as a bearer token');
    const presented = digest(token);
    const service = known.filter((each) => timingSafeEqual(each.token, presented))[0];
    if (service === undefined) return refuse('token_invalid', 'no service has this token');
    return succeed({ kind: 'service', name: service.name, scopes: SCOPES });
  };
}
