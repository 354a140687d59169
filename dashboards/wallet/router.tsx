import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { HomePage } from './pages/home-page.tsx';
import { WalletShell } from './wallet-shell.tsx';

const rootRoute = createRootRoute({ component: WalletShell, notFoundComponent: HomePage });
const home = createRoute({ getParentRoute: () => rootRoute, path: '/', component: HomePage });
const deposit = createRoute({
  getParentRoute: () => rootRoute,
  path: '/deposit',
  component: lazyRouteComponent(() => import('./pages/deposit-page.tsx'), 'DepositPage'),
});
const withdraw = createRoute({
  getParentRoute: () => rootRoute,
  path: '/withdraw',
  component: lazyRouteComponent(() => import('./pages/withdraw-page.tsx'), 'WithdrawPage'),
});
const withdrawal = createRoute({
  getParentRoute: () => rootRoute,
  path: '/withdrawals/$id',
  component: lazyRouteComponent(() => import('./pages/withdrawal-page.tsx'), 'WithdrawalPage'),
});
const activity = createRoute({
  getParentRoute: () => rootRoute,
  path: '/activity',
  component: lazyRouteComponent(() => import('./pages/activity-page.tsx'), 'ActivityPage'),
});
const security = createRoute({
  getParentRoute: () => rootRoute,
  path: '/security',
  component: lazyRouteComponent(() => import('./pages/security-page.tsx'), 'SecurityPage'),
});
const alerts = createRoute({
  getParentRoute: () => rootRoute,
  path: '/alerts',
  component: lazyRouteComponent(() => import('./pages/alerts-page.tsx'), 'AlertsPage'),
});

const routeTree = rootRoute.addChildren([home, deposit, withdraw, withdrawal, activity, security, alerts]);

export function createWalletRouter() {
  return createRouter({ routeTree, basepath: '/wallet', scrollRestoration: true, defaultPreload: 'intent' });
}

/** Not registered with the library's types: both pages are one program to the type checker, and only one router could be. */
export type WalletRouter = ReturnType<typeof createWalletRouter>;
