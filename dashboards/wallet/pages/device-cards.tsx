import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { describeUserAgent, formatRelative, Icon, Loaded, Pill, useLocale } from '../../ui-kit/index.ts';
import type { Device } from '../api-types.ts';
import { queries } from '../queries.ts';
import { callApi } from '../session/wallet-session.ts';
import { problemText, useWords } from '../words/use-words.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';

function Place(props: { readonly userAgent: string; readonly ip: string; readonly lastSeen: string; readonly current: boolean }) {
  const words = useWords().security;
  const { locale } = useLocale();
  const phone = /Android|iPhone|Mobile/.test(props.userAgent);
  return (
    <>
      <span className="direction">
        <Icon name={phone ? 'phone' : 'device'} />
      </span>
      <span className="grow">
        <span className="activity-title row row-wrap">
          {describeUserAgent(props.userAgent)} {props.current && <Pill tone="allow">{words.thisDevice}</Pill>}
        </span>
        <span className="soft small activity-under">
          <span className="mono">{props.ip}</span> · {words.lastSeen} {formatRelative(props.lastSeen, locale)}
        </span>
      </span>
    </>
  );
}

/** Removing the device at hand ends this session too; the next question to the API finds that out. */
export function DeviceCard() {
  const words = useWords();
  const client = useQueryClient();
  const devices = useQuery(queries.devices);
  const [leaving, setLeaving] = useState<Device | null>(null);
  const remove = useMutation({
    mutationFn: (device: Device) => callApi<undefined>('DELETE', `/v1/me/devices/${device.device_id}`),
    onSuccess: () => setLeaving(null),
    onSettled: () => client.invalidateQueries(),
  });
  return (
    <section className="card card-flush" aria-labelledby="devices-title">
      <div className="card-head">
        <div>
          <h2 id="devices-title">{words.security.devices}</h2>
          <p className="soft small">{words.security.devicesText}</p>
        </div>
      </div>
      <Loaded query={devices}>
        {(all) => (
          <ul className="list">
            {all.map((device) => (
              <li key={device.device_id} className="activity-row">
                <Place userAgent={device.user_agent} ip={device.ip} lastSeen={device.last_seen_at} current={device.current} />
                <Button variant="default" size="sm" onClick={() => setLeaving(device)}>
                  {words.security.remove}
                </Button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <ConfirmDialog
        opened={leaving !== null}
        title={words.security.remove}
        verb={words.security.remove}
        busy={remove.isPending}
        problem={problemText(words, remove.error)}
        onConfirm={() => leaving !== null && remove.mutate(leaving)}
        onClose={() => setLeaving(null)}
      >
        <p>{words.security.removeSure(describeUserAgent(leaving?.user_agent ?? ''))}</p>
      </ConfirmDialog>
    </section>
  );
}

export function SessionCard() {
  const words = useWords();
  const client = useQueryClient();
  const sessions = useQuery(queries.sessions);
  const [asking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => callApi<{ revoked: number }>('POST', '/v1/me/sessions/revoke-all'),
    onSettled: () => client.invalidateQueries(),
  });
  return (
    <section className="card card-flush" aria-labelledby="sessions-title">
      <div className="card-head">
        <h2 id="sessions-title">{words.security.sessions}</h2>
        <Button variant="default" size="sm" onClick={() => setAsking(true)}>
          {words.security.signOutAll}
        </Button>
      </div>
      <Loaded query={sessions}>
        {(all) => (
          <ul className="list">
            {all.map((session) => (
              <li key={session.session_id} className="activity-row">
                <Place userAgent={session.user_agent} ip={session.ip} lastSeen={session.last_seen_at} current={session.current} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <ConfirmDialog
        opened={asking}
        title={words.security.signOutAll}
        verb={words.security.signOutAll}
        busy={revoke.isPending}
        problem={problemText(words, revoke.error)}
        onConfirm={() => revoke.mutate()}
        onClose={() => setAsking(false)}
      >
        <p>{words.security.signOutAllSure}</p>
      </ConfirmDialog>
    </section>
  );
}
