import { ActionIcon, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { BrandMark, Icon, type IconName, PreferenceButtons } from '../ui-kit/index.ts';
import { queries } from './queries.ts';
import { SearchBox } from './search-box.tsx';
import { signOutStaff } from './staff-api.ts';
import { useWords } from './words/use-words.ts';

const TABS = [
  { to: '/', name: 'live', icon: 'pulse' },
  { to: '/alerts', name: 'alerts', icon: 'bell' },
  { to: '/withdrawals', name: 'withdrawals', icon: 'arrowUp' },
  { to: '/deposits', name: 'deposits', icon: 'arrowDown' },
  { to: '/system', name: 'system', icon: 'server' },
] as const satisfies readonly { to: string; name: string; icon: IconName }[];

function HeldCount() {
  const held = useQuery(queries.withdrawals('held'));
  const count = held.data?.length ?? 0;
  return count === 0 ? null : <span className="nav-count num">{count}</span>;
}

function Sidebar() {
  const words = useWords();
  return (
    <aside className="sidebar">
      <a className="brand" href="/console/">
        <BrandMark />
        <span>
          {words.brand} <span className="brand-part">{words.console}</span>
        </span>
      </a>
      <nav aria-label={words.console}>
        {TABS.map((tab) => (
          <Link key={tab.to} to={tab.to} className="side-tab" activeOptions={{ exact: tab.to === '/', includeSearch: false }}>
            <Icon name={tab.icon} />
            <span className="grow">{words.nav[tab.name]}</span>
            {tab.name === 'withdrawals' && <HeldCount />}
          </Link>
        ))}
      </nav>
    </aside>
  );
}

function Person() {
  const words = useWords();
  const me = useQuery(queries.me);
  return (
    <div className="row person">
      <span className="person-name">
        <strong>{me.data?.name}</strong>
        <span className="small soft">{me.data?.roles.join(', ')}</span>
      </span>
      <Tooltip label={words.signOut} withArrow>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={words.signOut} onClick={() => void signOutStaff()}>
          <Icon name="signOut" />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

export function ConsoleShell() {
  const words = useWords();
  return (
    <div className="console-shell">
      <a className="skip-link" href="#content">
        {words.skip}
      </a>
      <Sidebar />
      <header className="console-header">
        <SearchBox />
        <div className="row">
          <PreferenceButtons />
          <Person />
        </div>
      </header>
      <main id="content" className="console-main">
        <Outlet />
      </main>
    </div>
  );
}
