import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { ConsoleShell } from './console-shell.tsx';
import { LivePage } from './live/live-page.tsx';

interface LiveSearch {
  /** The verdict in the panel. */
  readonly event?: string;
}

const rootRoute = createRootRoute({ component: ConsoleShell, notFoundComponent: LivePage });
const live = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  component: LivePage,
  validateSearch: (search: Record<string, unknown>): LiveSearch =>
    typeof search['event'] === 'string' ? { event: search['event'] } : {},
});
const verdict = createRoute({
  getParentRoute: () => rootRoute,
  path: '/verdicts/$eventId',
  component: lazyRouteComponent(() => import('./verdict/verdict-page.tsx'), 'VerdictPage'),
});
const account = createRoute({
  getParentRoute: () => rootRoute,
  path: '/accounts/$id',
  component: lazyRouteComponent(() => import('./account/account-page.tsx'), 'AccountPage'),
});
const alerts = createRoute({
  getParentRoute: () => rootRoute,
  path: '/alerts',
  component: lazyRouteComponent(() => import('./queues/alerts-page.tsx'), 'AlertsPage'),
});
const withdrawals = createRoute({
  getParentRoute: () => rootRoute,
  path: '/withdrawals',
  component: lazyRouteComponent(() => import('./queues/withdrawals-page.tsx'), 'WithdrawalsPage'),
});
const deposits = createRoute({
  getParentRoute: () => rootRoute,
  path: '/deposits',
  component: lazyRouteComponent(() => import('./queues/deposits-page.tsx'), 'DepositsPage'),
});
const system = createRoute({
  getParentRoute: () => rootRoute,
  path: '/system',
  component: lazyRouteComponent(() => import('./system/system-page.tsx'), 'SystemPage'),
});

const routeTree = rootRoute.addChildren([live, verdict, account, alerts, withdrawals, deposits, system]);

export function createConsoleRouter() {
  return createRouter({ routeTree, basepath: '/console', defaultPreload: 'intent' });
}

/** Not registered with the library's types: both pages are one program to the type checker, and only one router could be. */
export type ConsoleRouter = ReturnType<typeof createConsoleRouter>;
