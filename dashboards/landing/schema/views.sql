-- Deduplicated rows.
create or replace view v_events as select * from events final;
create or replace view v_verdicts as select * from verdicts final;
create or replace view v_rule_hits as select * from rule_hits final;
create or replace view v_model_scores as select * from model_scores final;
create or replace view v_actions as select * from actions final;
create or replace view v_alerts as select * from alerts final;
create or replace view v_labels as select * from labels final;
create or replace view v_dead_letters as select * from dead_letters final;

-- The last word on an event. `fraud` and `legit` count for precision; any other label is kept and shown, but decides nothing.
create or replace view v_event_labels as
select stream, event_id, argMax(given.label, at) as label
from v_labels as given
where given.label in ('fraud', 'legit')
group by stream, event_id;

-- Per rule and day: how often it fired, alone, on how many accounts, on how much money, and how often it was right.
create or replace view v_rule_figures as
select
  hits.stream as stream,
  toStartOfDay(hits.event_time) as day,
  hits.rule as rule,
  hits.shadow as shadow,
  count() as fired,
  countIf(hits.sole) as sole_catches,
  uniqExact(hits.account_id) as accounts,
  sum(ifNull(hits.amount_usd, 0)) as amount_usd,
  countIf(known.label = 'fraud') as fraud,
  countIf(known.label = 'legit') as legit
from v_rule_hits as hits
left join v_event_labels as known on known.stream = hits.stream and known.event_id = hits.event_id
group by stream, day, rule, shadow;

create or replace view v_events_per_minute as
select stream, toStartOfMinute(event_time) as minute, type, count() as events
from v_events
group by stream, minute, type;

create or replace view v_verdicts_per_minute as
select stream, toStartOfMinute(judged_at) as minute, event_type, outcome, count() as verdicts,
  sum(ifNull(amount_usd, 0)) as amount_usd
from v_verdicts
group by stream, minute, event_type, outcome;

create or replace view v_identity_per_minute as
select
  stream,
  toStartOfMinute(event_time) as minute,
  countIf(type = 'wallet.login.attempted' and result = 'password_ok') as logins_ok,
  countIf(type = 'wallet.login.attempted' and result != 'password_ok') as logins_bad,
  countIf(type = 'wallet.session.token-reused') as tokens_reused,
  countIf(type = 'wallet.request.rejected') as requests_rejected,
  countIf(type = 'wallet.stepup.passed') as stepups_passed,
  countIf(type = 'wallet.stepup.failed') as stepups_failed,
  countIf(type = 'wallet.device.bound') as devices_bound
from v_events
group by stream, minute;

create or replace view v_deposits_per_minute as
select stream, toStartOfMinute(event_time) as minute,
  replaceOne(type, 'wallet.deposit.', '') as step, attack, reason, count() as deposits, sum(ifNull(amount_usd, 0)) as amount_usd
from v_events
where type like 'wallet.deposit.%'
group by stream, minute, step, attack, reason;

-- What the verdicts said of requested withdrawals. A re-judgement replaces the earlier outcome of its event.
create or replace view v_withdrawals_per_minute as
select stream, minute, outcome, count() as withdrawals, sum(usd) as amount_usd
from (
  select stream, event_id, toStartOfMinute(any(event_time)) as minute, argMax(judged.outcome, revision) as outcome,
    argMax(ifNull(judged.amount_usd, 0), revision) as usd
  from v_verdicts as judged
  where event_type = 'wallet.withdrawal.requested'
  group by stream, event_id
)
group by stream, minute, outcome;

-- From the wallet's clock to the verdict. Imports carry old event times, so only the live stream tells a latency.
create or replace view v_latency_per_minute as
select stream, toStartOfMinute(judged_at) as minute, count() as verdicts,
  quantileExact(0.5)(latency_ms) as p50_ms, quantileExact(0.9)(latency_ms) as p90_ms,
  quantileExact(0.99)(latency_ms) as p99_ms, max(latency_ms) as max_ms
from v_verdicts
where stream = 'live'
group by stream, minute;

-- One record refused at two stages (ingest and landing) is one bad record.
create or replace view v_dead_letters_per_minute as
select stream, toStartOfMinute(at) as minute, stage, reason,
  uniqExact(source_topic, source_partition, source_offset, line) as records
from v_dead_letters
group by stream, minute, stage, reason;

-- Accounts with a freeze in force. Freezes are a set of causes, each with its own id (`ID:frozen`, later `ID:unfrozen`): one that is
-- lifted leaves the others. A freeze that ends by its own time is not reported, so it shows until it is lifted.
create or replace view v_frozen_accounts as
select stream, account_id, min(began) as since, argMin(why, began) as cause, argMin(verdict, began) as verdict_id, count() as causes
from (
  select stream, account_id, splitByChar(':', id)[1] as freeze_id,
    minIf(at, action = 'frozen') as began, anyIf(cause, action = 'frozen') as why, anyIf(v_actions.verdict_id, action = 'frozen') as verdict
  from v_actions
  where action in ('frozen', 'unfrozen')
  group by stream, account_id, freeze_id
  having countIf(action = 'frozen') > 0 and countIf(action = 'unfrozen') = 0
)
group by stream, account_id;
