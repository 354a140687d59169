create schema if not exists restrictions;

-- What an account may not do is a set of causes; lifting one removes that one alone.
create table restrictions.restriction (
  id uuid primary key,
  account_id text not null,
  kind text not null check (kind in ('freeze', 'restrict')),
  cause_kind text not null check (cause_kind in ('rule', 'staff', 'owner', 'no_verdict')),
  cause_id text not null,
  author text not null,
  reason text not null,
  verdict_id text not null default '',
  since timestamptz not null,
  ends timestamptz,
  lifted_at timestamptz,
  lifted_by text,
  lift_reason text,
  unique (account_id, kind, cause_kind, cause_id, verdict_id)
);

create index restriction_active on restrictions.restriction (account_id) where lifted_at is null;
