import { ActionIcon, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { Brand, Icon, type IconName, PreferenceButtons } from '../ui-kit/index.ts';
import { queries } from './queries.ts';
import { signOut } from './session/wallet-session.ts';
import { useLiveAlerts } from './use-live.ts';
import { useWords } from './words/use-words.ts';

const TABS = [
  { to: '/', name: 'home', icon: 'home' },
  { to: '/deposit', name: 'deposit', icon: 'arrowDown' },
  { to: '/withdraw', name: 'withdraw', icon: 'arrowUp' },
  { to: '/activity', name: 'activity', icon: 'list' },
  { to: '/security', name: 'security', icon: 'shield' },
] as const satisfies readonly { to: string; name: string; icon: IconName }[];

function Navigation() {
  const words = useWords();
  return (
    <nav className="wallet-nav" aria-label={words.brand}>
      {TABS.map((tab) => (
        <Link key={tab.to} to={tab.to} className="wallet-tab" activeOptions={{ exact: tab.to === '/' }}>
          <Icon name={tab.icon} />
          <span>{words.nav[tab.name]}</span>
        </Link>
      ))}
    </nav>
  );
}

function AlertsLink() {
  const words = useWords();
  const alerts = useQuery(queries.alerts);
  const unseen = alerts.data?.filter((alert) => alert.seen_at === null).length ?? 0;
  const label = unseen === 0 ? words.nav.alerts : `${words.nav.alerts} (${unseen})`;
  return (
    <Link to="/alerts" className="bell" aria-label={label}>
      <Icon name="bell" />
      {unseen > 0 && <span className="bell-count num">{unseen > 9 ? '9+' : unseen}</span>}
    </Link>
  );
}

/** Header, navigation (a bar at the bottom on phones), and the page. */
export function WalletShell() {
  const words = useWords();
  useLiveAlerts();
  return (
    <div className="wallet-shell">
      <a className="skip-link" href="#content">
        {words.skip}
      </a>
      <header className="wallet-header">
        <Brand href="/wallet/" label={words.brand} />
        <div className="row header-tools">
          <PreferenceButtons />
          <AlertsLink />
          <Tooltip label={words.signOut} withArrow>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={words.signOut} onClick={() => void signOut()}>
              <Icon name="signOut" />
            </ActionIcon>
          </Tooltip>
        </div>
      </header>
      <Navigation />
      <main id="content" className="wallet-main">
        <Outlet />
      </main>
    </div>
  );
}
