create schema if not exists verdicts;

-- Every verdict the wallet acted on, once each.
create table verdicts.verdict (
  event_id text not null,
  revision int not null,
  verdict_id text not null unique,
  event_type text not null,
  subject text not null,
  outcome text not null,
  statement jsonb not null,
  received_at timestamptz not null,
  primary key (event_id, revision)
);
create index verdict_subject on verdicts.verdict (subject, received_at);

-- What came over the topic and is no verdict of ours: forged, malformed. Kept for the auditors, bounded by the inbox.
create table verdicts.refused (
  id bigint generated always as identity primary key,
  reason text not null,
  record text not null,
  received_at timestamptz not null
);
