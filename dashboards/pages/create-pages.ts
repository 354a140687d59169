import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { RouteAccess, RoutePlugin } from '../../platform/http/index.ts';

/** Where the build puts the pages. */
export const PAGES_DIRECTORY: string = fileURLToPath(new URL('../dist/', import.meta.url));

const access: RouteAccess = {
  kind: 'public',
  why: 'code and pictures of the pages; every figure in them comes from routes that check',
};
/** A year; names of built files carry a hash of their content. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Serves the built pages: `/console/*` and `/wallet/*`, each falling back to its own index so that its addresses can be opened directly. */
export function createPages({ directory }: { readonly directory: string }): RoutePlugin {
  return async (server) => {
    if (!existsSync(directory)) return;
    await server.register(fastifyStatic, {
      root: directory,
      serve: false,
      cacheControl: false,
      setHeaders: (reply, path) => {
        reply.header('cache-control', path.includes('/assets/') ? IMMUTABLE : 'no-cache');
      },
    });
    server.get('/assets/*', { config: { access } }, async (request, reply) =>
      reply.sendFile(request.url.split('?')[0]?.slice(1) ?? ''),
    );
    for (const page of ['console', 'wallet']) {
      server.get(`/${page}`, { config: { access } }, async (_request, reply) => reply.redirect(`/${page}/`));
      server.get(`/${page}/*`, { config: { access } }, async (_request, reply) => reply.sendFile(`${page}/index.html`));
    }
  };
}
