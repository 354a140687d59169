import { Type } from 'typebox';
import { type RoutePlugin, sendProblem } from '../../platform/http/index.ts';
import type { CallbackRefusal, ProviderCallbacks } from './provider-callback.ts';

/** A callback is an id and a hash; the largest provider payload seen in public documentation is under 10 KiB. */
const BODY_BYTES_MAX = 64 * 1024;

const STATUS: Readonly<Record<CallbackRefusal, number>> = {
  provider_unknown: 404,
  signature_invalid: 401,
  webhook_expired: 401,
  payload_malformed: 400,
  chain_unknown: 422,
};

const Headers = Type.Object({
  'webhook-id': Type.String({ minLength: 1, maxLength: 128 }),
  'webhook-timestamp': Type.String({ minLength: 1, maxLength: 12 }),
  'webhook-signature': Type.String({ minLength: 1, maxLength: 1_000 }),
});

/** POST /v1/providers/:provider/callbacks, signed in the manner of Standard Webhooks. */
export function depositPublicRoutes(callbacks: ProviderCallbacks): RoutePlugin {
  return async (server) => {
    // A context of its own: here alone the body is bytes, since a signature over parsed and printed JSON proves nothing.
    await server.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX }, (_request, body, parsed) =>
        parsed(null, body),
      );
      scope.post<{ Params: { provider: string } }>(
        '/v1/providers/:provider/callbacks',
        {
          bodyLimit: BODY_BYTES_MAX,
          config: {
            access: { kind: 'public', why: 'signed by the provider over the raw body; only a hint where to look on chain' },
          },
          schema: {
            params: Type.Object({ provider: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }) }),
            headers: Headers,
            response: { 200: Type.Object({ result: Type.Union([Type.Literal('accepted'), Type.Literal('duplicate')]) }) },
          },
        },
        async (request, reply) => {
          const header = (name: string) => String(request.headers[name] ?? '');
          const answer = await callbacks.receive(
            request.params.provider,
            { id: header('webhook-id'), timestamp: header('webhook-timestamp'), signature: header('webhook-signature') },
            Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
            request.client,
          );
          return answer.ok ? answer.value : sendProblem(reply, STATUS[answer.refusal.code], answer.refusal);
        },
      );
      done();
    });
  };
}
