import type { FastifyInstance } from 'fastify';
import type { ClientInfo, Principal, StaffRole } from '../../core/index.ts';

/**
 * Who may call a route. Every route declares one in `config.access`; a route without one does not register (see
 * `app/http`), so no route is open by omission.
 */
export type RouteAccess =
  /** Anybody; `why` says why that is safe. */
  | { readonly kind: 'public'; readonly why: string }
  /** The account owner, with a DPoP-bound access token. */
  | { readonly kind: 'owner' }
  /** Staff with at least one of the roles. */
  | { readonly kind: 'staff'; readonly anyOf: readonly StaffRole[] }
  /** A service credential with the scope. */
  | { readonly kind: 'service'; readonly scope: string };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
  interface FastifyRequest {
    /** Set before the handler runs on every route that is not public. */
    principal: Principal | null;
    /** The network end, as the server saw it. */
    client: ClientInfo;
  }
}

/** A room's routes: `app/http` registers it under the prefix the room asks for. */
export type RoutePlugin = (server: FastifyInstance) => void | Promise<void>;
