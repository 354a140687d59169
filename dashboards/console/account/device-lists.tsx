import { describeUserAgent, formatRelative, shorten, useLocale } from '../../ui-kit/index.ts';
import type { StaffAccount } from '../api-types.ts';
import { useWords } from '../words/use-words.ts';

function Entry(props: {
  readonly userAgent: string;
  readonly ip: string;
  readonly id: string;
  readonly seen: string;
  readonly tag?: string;
}) {
  const words = useWords().account;
  const { locale } = useLocale();
  return (
    <li className="small">
      <div className="row spread">
        <strong>{describeUserAgent(props.userAgent)}</strong>
        {props.tag !== undefined && <span className="soft">{props.tag}</span>}
      </div>
      <div className="soft">
        <span className="mono">{props.ip}</span> · <span title={props.id}>{shorten(props.id)}</span> · {words.lastSeen}{' '}
        {formatRelative(props.seen, locale)}
      </div>
    </li>
  );
}

export function DeviceList({ account }: { readonly account: StaffAccount }) {
  const words = useWords().account;
  return (
    <section className="card card-flush" aria-labelledby="devices-title">
      <div className="card-head">
        <h2 id="devices-title">
          {words.devices} <span className="soft num">{account.devices.length}</span>
        </h2>
      </div>
      {account.devices.length === 0 ? (
        <p className="soft card-note">{words.noDevices}</p>
      ) : (
        <ul className="list">
          {account.devices.map((device) => (
            <Entry
              key={device.device_id}
              userAgent={device.user_agent}
              ip={device.ip}
              id={device.device_id}
              seen={device.last_seen_at}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

export function SessionList({ account }: { readonly account: StaffAccount }) {
  const words = useWords().account;
  return (
    <section className="card card-flush" aria-labelledby="sessions-title">
      <div className="card-head">
        <h2 id="sessions-title">
          {words.sessions} <span className="soft num">{account.sessions.length}</span>
        </h2>
      </div>
      {account.sessions.length === 0 ? (
        <p className="soft card-note">{words.noSessions}</p>
      ) : (
        <ul className="list">
          {account.sessions.map((session) => (
            <Entry
              key={session.session_id}
              userAgent={session.user_agent}
              ip={session.ip}
              id={session.session_id}
              seen={session.last_seen_at}
              tag={session.assurance}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
