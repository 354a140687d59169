import type { Registry } from 'prom-client';
import { STAFF_ROLES } from '../../core/index.ts';
import type { AdapterDescription } from '../../platform/adapter.ts';
import { type RoutePlugin, sendProblem } from '../../platform/http/index.ts';
import { isFromInside } from './inside-network.ts';

/** What the program says of itself. */
export interface SystemView {
  readonly metrics: Registry;
  readonly ports: readonly AdapterDescription[];
  /** Revisions that verdicts are made with. */
  readonly revisions: { readonly rules: string; readonly models: string; readonly lists: string };
  readonly verdictKeyId: string;
  /** True while every part can do its work; `problems` say what cannot. A detail may name hosts: it is for staff. */
  ready(): Promise<{ readonly ready: boolean; readonly problems: readonly { readonly port: string; readonly detail: string }[] }>;
  /** Events the engine has still to judge, and rows ClickHouse has still to get. */
  lag(): Promise<{ readonly engine: number; readonly landing: number }>;
}

const NOT_FOUND = { code: 'not_found', message: 'there is nothing at this address' };

function inWords({ ready, problems }: Awaited<ReturnType<SystemView['ready']>>): { ready: boolean; problems: string[] } {
  return { ready, problems: problems.map(({ port, detail }) => `${port}: ${detail}`) };
}

const open = (why: string) => ({ config: { access: { kind: 'public', why } as const } });

/** GET /healthz, /readyz, /metrics, /openapi.json, /, and /v1/staff/system. */
export function systemRoutes(system: SystemView): RoutePlugin {
  return (server) => {
    server.get('/healthz', open('says only that the process answers'), async () => ({ status: 'ok' }));
    server.get('/readyz', open('says only whether work can be done, and which port cannot'), async (_request, reply) => {
      const { ready, problems } = await system.ready();
      return reply.code(ready ? 200 : 503).send({ ready, problems: problems.map(({ port }) => port) });
    });
    server.get('/metrics', open('figures without names, answered to the network inside alone'), async (request, reply) => {
      // How many verdicts of which outcome there are tells an attacker whether a try was seen.
      if (!isFromInside(request.raw)) return sendProblem(reply, 404, NOT_FOUND);
      return reply.type(system.metrics.contentType).send(await system.metrics.metrics());
    });
    server.get('/openapi.json', open('the description of the API'), async () => server.swagger());
    server.get('/', open('leads people to their page'), async (_request, reply) => reply.redirect('/wallet/'));
    server.get('/v1/staff/system', { config: { access: { kind: 'staff', anyOf: [...STAFF_ROLES] } } }, async () => ({
      ports: system.ports,
      revisions: system.revisions,
      verdict_key_id: system.verdictKeyId,
      lag: await system.lag(),
      ...inWords(await system.ready()),
    }));
  };
}
