import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { EmptyState, formatTime, Icon, Loaded, useLocale } from '../../ui-kit/index.ts';
import type { Balance, Me } from '../api-types.ts';
import { queries } from '../queries.ts';
import { useWords } from '../words/use-words.ts';
import { ActivityList } from './activity-list.tsx';
import { MoneyText } from './money-text.tsx';

function WhatWorks({ works, stopped }: { readonly works: readonly string[]; readonly stopped: readonly string[] }) {
  const words = useWords();
  return (
    <div className="what-works">
      <div>
        <h3>{words.status.works}</h3>
        <ul>
          {works.map((item) => (
            <li key={item}>
              <Icon name="check" /> {item}
            </li>
          ))}
        </ul>
      </div>
      <div>
        <h3>{words.status.stopped}</h3>
        <ul>
          {stopped.map((item) => (
            <li key={item}>
              <Icon name="cross" /> {item}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function RestrictedStatus({ me }: { readonly me: Me }) {
  const words = useWords().status;
  const { locale } = useLocale();
  const { frozen, causes } = me.state;
  return (
    <section className={`status-card ${frozen ? 'status-frozen' : 'status-restricted'}`} aria-labelledby="status-title">
      <span className="status-mark">
        <Icon name={frozen ? 'snow' : 'pause'} />
      </span>
      <div className="grow stack">
        <div>
          <h2 id="status-title">{frozen ? words.frozen : words.restricted}</h2>
          <p>{frozen ? words.frozenText : words.restrictedText}</p>
        </div>
        <ul className="causes">
          {causes.map((cause) => (
            <li key={`${cause.kind}${cause.since}${cause.reason}`}>
              {cause.reason} · <span className="soft">{words.since(formatTime(cause.since, locale))}</span>
            </li>
          ))}
        </ul>
        <WhatWorks
          works={frozen ? words.worksFrozen : words.worksRestricted}
          stopped={frozen ? words.stoppedFrozen : words.stoppedRestricted}
        />
        <p className="small">{words.help}</p>
      </div>
    </section>
  );
}

function StatusCard({ me }: { readonly me: Me }) {
  const words = useWords().status;
  if (me.state.frozen || me.state.outgoing_blocked) return <RestrictedStatus me={me} />;
  const missing = !me.factors.totp;
  return (
    <section className={`status-card ${missing ? 'status-action' : 'status-safe'}`} aria-labelledby="status-title">
      <span className="status-mark">
        <Icon name={missing ? 'key' : 'shieldCheck'} />
      </span>
      <div className="grow">
        <h2 id="status-title">{missing ? words.action : words.safe}</h2>
        <p>{missing ? words.actionText : words.safeText}</p>
      </div>
      {missing && (
        <Button renderRoot={(props) => <Link to="/security" {...props} />} variant="default">
          {words.actionButton}
        </Button>
      )}
    </section>
  );
}

function BalanceRow({ balance }: { readonly balance: Balance }) {
  const words = useWords().balances;
  const asides = (['held', 'incoming', 'outgoing'] as const).filter((name) => balance[name] !== '0');
  return (
    <li className="balance">
      <div>
        <span className="balance-symbol">{balance.symbol}</span>
        <span className="soft small">{words.available}</span>
      </div>
      <div className="balance-amount">
        <MoneyText amount={balance.available} decimals={balance.decimals} symbol={balance.symbol} />
        {asides.map((name) => (
          <span className="soft small" key={name}>
            + <MoneyText amount={balance[name]} decimals={balance.decimals} symbol={balance.symbol} /> {words[name]}
          </span>
        ))}
      </div>
    </li>
  );
}

function Balances() {
  const words = useWords();
  const balances = useQuery(queries.balances);
  return (
    <section className="card card-flush" aria-labelledby="balances-title">
      <div className="card-head">
        <h2 id="balances-title">{words.balances.title}</h2>
        <div className="row">
          <Button renderRoot={(props) => <Link to="/deposit" {...props} />} size="sm" variant="default">
            {words.nav.deposit}
          </Button>
          <Button renderRoot={(props) => <Link to="/withdraw" {...props} />} size="sm">
            {words.nav.withdraw}
          </Button>
        </div>
      </div>
      <Loaded query={balances} rows={2}>
        {(all) =>
          all.length === 0 ? (
            <EmptyState icon="wallet" title={words.balances.none}>
              <p>{words.balances.noneText}</p>
            </EmptyState>
          ) : (
            <ul className="list">
              {all.map((balance) => (
                <BalanceRow key={balance.asset} balance={balance} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

/** Whether all is well, how much there is, and what happened last. */
export function HomePage() {
  const words = useWords();
  const me = useQuery(queries.me);
  return (
    <div className="stack stack-wide">
      <h1 className="visually-hidden">{words.nav.home}</h1>
      <Loaded query={me} rows={2}>
        {(known) => <StatusCard me={known} />}
      </Loaded>
      <Balances />
      <section className="card card-flush" aria-labelledby="recent-title">
        <div className="card-head">
          <h2 id="recent-title">{words.recent}</h2>
          <Link to="/activity">{words.seeAll}</Link>
        </div>
        <ActivityList limit={5} />
      </section>
    </div>
  );
}
