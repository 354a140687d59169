import type { Registry } from 'prom-client';
import { STAFF_ROLES } from '../../core/index.ts';
import type { AdapterDescription } from '../../platform/adapter.ts';
import type { RoutePlugin } from '../../platform/http/index.ts';

/** What the program says of itself. */
export interface SystemView {
  readonly metrics: Registry;
  readonly ports: readonly AdapterDescription[];
  /** Revisions that verdicts are made with. */
  readonly revisions: { readonly rules: string; readonly models: string; readonly lists: string };
  readonly verdictKeyId: string;
  /** True while every part can do its work; `problems` say what cannot. */
  ready(): Promise<{ readonly ready: boolean; readonly problems: readonly string[] }>;
  /** Events the engine has still to judge, and rows ClickHouse has still to get. */
  lag(): Promise<{ readonly engine: number; readonly landing: number }>;
}

const open = (why: string) => ({ config: { access: { kind: 'public', why } as const } });

/** GET /healthz, /readyz, /metrics, /openapi.json, /, and /v1/staff/system. */
export function systemRoutes(system: SystemView): RoutePlugin {
  return (server) => {
    server.get('/healthz', open('says only that the process answers'), async () => ({ status: 'ok' }));
    server.get('/readyz', open('says only whether work can be done, and which port cannot'), async (_request, reply) => {
      const state = await system.ready();
      return reply.code(state.ready ? 200 : 503).send(state);
    });
    server.get('/metrics', open('figures without names, for the collector inside the network'), async (_request, reply) =>
      reply.type(system.metrics.contentType).send(await system.metrics.metrics()),
    );
    server.get('/openapi.json', open('the description of the API'), async () => server.swagger());
    server.get('/', open('leads people to their page'), async (_request, reply) => reply.redirect('/wallet/'));
    server.get('/v1/staff/system', { config: { access: { kind: 'staff', anyOf: [...STAFF_ROLES] } } }, async () => ({
      ports: system.ports,
      revisions: system.revisions,
      verdict_key_id: system.verdictKeyId,
      lag: await system.lag(),
      ...(await system.ready()),
    }));
  };
}
