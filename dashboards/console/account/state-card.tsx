import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { formatTime, Icon, Pill, useLocale, useToast } from '../../ui-kit/index.ts';
import type { RestrictionCause, StaffAccount } from '../api-types.ts';
import { queries } from '../queries.ts';
import { ReasonDialog } from '../reason-dialog.tsx';
import { callStaff } from '../staff-api.ts';
import { problemText, useWords } from '../words/use-words.ts';

function useMayAct(): boolean {
  const me = useQuery(queries.me);
  return me.data?.roles.some((role) => role === 'analyst' || role === 'approver') ?? false;
}

function FreezeButton({ accountId }: { readonly accountId: string }) {
  const words = useWords();
  const toast = useToast();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const freeze = useMutation({
    mutationFn: (reason: string) => callStaff<unknown>('POST', `/v1/staff/accounts/${accountId}/freeze`, { reason }),
    onSuccess() {
      toast(words.account.frozenDone);
      setAsking(false);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['account', accountId] }),
  });
  return (
    <>
      <Button color="red" variant="light" size="sm" leftSection={<Icon name="snow" />} onClick={() => setAsking(true)}>
        {words.account.freeze}
      </Button>
      <ReasonDialog
        opened={asking}
        title={words.account.freezeTitle}
        text={words.account.freezeText}
        verb={words.account.freeze}
        danger
        busy={freeze.isPending}
        problem={problemText(words, freeze.error)}
        onConfirm={(reason) => freeze.mutate(reason)}
        onClose={() => setAsking(false)}
      />
    </>
  );
}

function LiftButton({ accountId, cause }: { readonly accountId: string; readonly cause: RestrictionCause }) {
  const words = useWords();
  const toast = useToast();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const lift = useMutation({
    mutationFn: (reason: string) =>
      callStaff<unknown>('POST', `/v1/staff/accounts/${accountId}/unfreeze`, { restriction_id: cause.id, reason }),
    onSuccess() {
      toast(words.account.liftedDone);
      setAsking(false);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['account', accountId] }),
  });
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={() => setAsking(true)}>
        {words.account.lift}
      </Button>
      <ReasonDialog
        opened={asking}
        title={words.account.liftTitle}
        text={words.account.liftText}
        verb={words.account.lift}
        danger={false}
        busy={lift.isPending}
        problem={problemText(words, lift.error)}
        onConfirm={(reason) => lift.mutate(reason)}
        onClose={() => {
          lift.reset();
          setAsking(false);
        }}
      />
    </>
  );
}

function Cause(props: { readonly accountId: string; readonly cause: RestrictionCause; readonly mayAct: boolean }) {
  const words = useWords().account;
  const { locale } = useLocale();
  const { cause } = props;
  return (
    <li className="cause">
      <div className="row spread">
        <Pill tone={cause.kind === 'freeze' ? 'freeze' : 'hold'}>{words.kinds[cause.kind]}</Pill>
        {props.mayAct && <LiftButton accountId={props.accountId} cause={cause} />}
      </div>
      <p>{cause.reason}</p>
      <p className="small soft">
        {words.causeKinds[cause.cause.kind]}
        {cause.cause.kind === 'rule' && <span className="mono"> {cause.cause.id}</span>} · {words.by}{' '}
        <span className="mono wrap-anywhere">{cause.author}</span> · {formatTime(cause.since, locale)}
        {cause.ends !== null && ` · ${words.until} ${formatTime(cause.ends, locale)}`}
      </p>
    </li>
  );
}

/** The set of causes that restricts an account; each is lifted by itself. */
export function StateCard({ account }: { readonly account: StaffAccount }) {
  const words = useWords().account;
  const mayAct = useMayAct();
  const { state } = account;
  const tone = state.frozen ? 'freeze' : state.outgoing_blocked ? 'hold' : 'allow';
  const label = state.frozen ? words.frozen : state.outgoing_blocked ? words.restricted : words.open;
  return (
    <section className="card stack" aria-labelledby="state-title">
      <div className="row spread">
        <h2 id="state-title">{words.state}</h2>
        <Pill tone={tone}>{label}</Pill>
      </div>
      {state.causes.length === 0 ? (
        <p className="soft">{words.noCause}</p>
      ) : (
        <ul className="causes">
          {state.causes.map((cause) => (
            <Cause key={cause.id} accountId={account.account_id} cause={cause} mayAct={mayAct} />
          ))}
        </ul>
      )}
      <dl className="facts small">
        <dt>{words.email}</dt>
        <dd>{account.email}</dd>
        <dt>{words.language}</dt>
        <dd>{account.locale}</dd>
        <dt>{words.totp}</dt>
        <dd>{account.factors.totp ? words.yes : words.no}</dd>
      </dl>
      {mayAct && (
        <div>
          <FreezeButton accountId={account.account_id} />
        </div>
      )}
    </section>
  );
}
