import Fastify, { type FastifyInstance } from 'fastify';
import { Counter, Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemRoutes } from './system-routes.ts';

const SECRET = 'connect ECONNREFUSED 10.0.0.7:5432';
let server: FastifyInstance;

beforeEach(async () => {
  const metrics = new Registry();
  new Counter({ name: 'bulwark_test_total', help: 'of this test', registers: [metrics] }).inc();
  server = Fastify();
  await server.register(async (scope) =>
    systemRoutes({
      metrics,
      ports: [],
      revisions: { rules: 'r', models: 'm', lists: 'l' },
      verdictKeyId: 'k',
      ready: async () => ({ ready: false, problems: [{ port: 'sql', detail: SECRET }] }),
      lag: async () => ({ engine: 0, landing: 0 }),
    })(scope),
  );
});
afterEach(() => server.close());

it('tells strangers which port is away, and staff why', async () => {
  const open = await server.inject('/readyz');
  expect([open.statusCode, open.json()]).toEqual([503, { ready: false, problems: ['sql'] }]);
  expect((await server.inject('/v1/staff/system')).json()).toMatchObject({ ready: false, problems: [`sql: ${SECRET}`] });
});

it.each([
  ['127.0.0.1', undefined, 200],
  ['172.18.0.5', undefined, 200],
  ['::ffff:10.1.2.3', undefined, 200],
  ['fd00::7', undefined, 200],
  ['203.0.113.9', undefined, 404],
  ['2001:db8::1', undefined, 404],
  ['127.0.0.1', '203.0.113.9', 404],
  ['127.0.0.1', '10.0.0.1, 203.0.113.9', 404],
  ['127.0.0.1', 'unknown', 404],
  ['127.0.0.1', '192.168.0.4', 200],
])('shows figures to the network inside alone: from %s, forwarded for %s: %i', async (remoteAddress, forwarded, status) => {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  const answer = await server.inject({ url: '/metrics', remoteAddress, headers });
  expect(answer.statusCode).toBe(status);
  expect(answer.body.includes('bulwark_test_total')).toBe(status === 200);
});
