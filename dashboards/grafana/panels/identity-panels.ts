import { type SectionSpec, STREAM } from '../panel-spec.ts';

export const identitySection: SectionSpec = {
  title: 'Identity',
  panels: [
    {
      title: 'Logins by result',
      description: 'Many unknown accounts or bad passwords at once are credential stuffing.',
      kind: 'bars_over_time',
      unit: 'short',
      width: 8,
      height: 8,
      sql: `select $__timeInterval(event_time) as time, result, count() as logins
from v_events where ${STREAM} and type = 'wallet.login.attempted' and $__timeFilter_ms(event_time)
group by time, result order by time, result`,
    },
    {
      title: 'Refused requests and reused tokens',
      description: 'Replays, expired or forged signatures, CSRF, rate limits, and tokens shown twice: each is an attempt.',
      kind: 'bars_over_time',
      unit: 'short',
      width: 8,
      height: 8,
      sql: `select $__timeInterval(event_time) as time, if(type = 'wallet.session.token-reused', 'token reused', reason) as kind, count() as requests
from v_events where ${STREAM} and type in ('wallet.request.rejected', 'wallet.session.token-reused') and $__timeFilter_ms(event_time)
group by time, kind order by time, kind`,
    },
    {
      title: 'Frozen accounts in force',
      description: 'Who is frozen, since when and why: the first place to look for customers who were hurt.',
      kind: 'table',
      unit: 'short',
      width: 8,
      height: 8,
      sql: `select account_id as "Account", since as "Since", cause as "Cause", causes as "Causes", verdict_id as "Verdict"
from v_frozen_accounts where ${STREAM} order by since desc limit 100`,
    },
  ],
};
