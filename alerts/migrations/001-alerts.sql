create schema if not exists alerts;

create table alerts.alert (
  -- Derived from what caused it, so that the same cause met twice is one alert.
  id uuid primary key,
  audience text not null check (audience in ('owner', 'staff')),
  account_id text not null,
  template text not null,
  severity text not null check (severity in ('info', 'low', 'medium', 'high', 'critical')),
  details json not null,
  event_id text,
  verdict_id text,
  occurrences integer not null default 1 check (occurrences > 0),
  created_at timestamptz not null,
  -- Until then the same template for the same account joins this row.
  group_closes_at timestamptz not null
);
create index alert_of_account on alerts.alert (account_id, audience, template, created_at desc);
create index alert_recent on alerts.alert (audience, created_at desc, id desc);
create index alert_age on alerts.alert (created_at);

-- Which causes are in which alert: the memory that makes redelivery harmless.
create table alerts.alert_source (
  key text primary key,
  alert_id uuid not null references alerts.alert on delete cascade
);
create index alert_source_alert on alerts.alert_source (alert_id);

create table alerts.delivery (
  -- Hash of (alert, recipient, channel, step): receivers drop what they have seen.
  id uuid primary key,
  alert_id uuid not null references alerts.alert on delete cascade,
  recipient text not null,
  channel text not null check (channel in ('in_app', 'mail')),
  step integer not null check (step > 0),
  urgency integer not null,
  state text not null default 'pending' check (state in ('pending', 'sending', 'delivered', 'dead')),
  attempts integer not null default 0,
  due_at timestamptz not null,
  lease_until timestamptz,
  receipt text,
  last_error text,
  finished_at timestamptz,
  unique (alert_id, recipient, channel, step)
);
create index delivery_due on alerts.delivery (urgency desc, due_at) where state in ('pending', 'sending');
create index delivery_dead on alerts.delivery (finished_at) where state = 'dead';

-- "Was it you?" A yes may still turn into a no, never the other way.
create table alerts.question (
  alert_id uuid primary key references alerts.alert on delete cascade,
  account_id text not null,
  event_id text,
  expires_at timestamptz not null,
  yes_at timestamptz,
  no_at timestamptz
);

create table alerts.answer_token (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  alert_id uuid not null references alerts.question on delete cascade
);
create index answer_token_alert on alerts.answer_token (alert_id);

-- The newest position of each recipient. Whoever adds a message holds this row until commit, so that positions
-- become visible in order and a reader that asks for "after n" never misses a late n - 1.
create table alerts.feed_head (
  recipient text primary key,
  last bigint not null
);

create table alerts.in_app (
  recipient text not null,
  position bigint not null,
  delivery_id uuid not null unique,
  alert_id uuid,
  body json not null,
  created_at timestamptz not null,
  seen_at timestamptz,
  primary key (recipient, position)
);

-- Live verdicts for the staff's screens; shares the positions of the recipient "staff".
create table alerts.verdict_feed (
  position bigint primary key,
  verdict_id text not null unique,
  event_id text not null,
  revision integer not null,
  account_id text not null,
  slim json not null,
  verdict json not null
);
create index verdict_feed_event on alerts.verdict_feed (event_id, revision desc);
create index verdict_feed_account on alerts.verdict_feed (account_id, position desc);

create table alerts.live_ticket (
  ticket_hash bytea primary key check (octet_length(ticket_hash) = 32),
  recipient text not null,
  principal text not null,
  expires_at timestamptz not null
);
create index live_ticket_principal on alerts.live_ticket (principal);
