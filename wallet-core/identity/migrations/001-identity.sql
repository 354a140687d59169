create schema if not exists identity;

create table identity.account (
  account_id          text primary key,
  email               text not null,
  -- Keyed hash of the normalised address: what is looked up, and what events carry.
  email_hash          text not null unique,
  locale              text not null,
  password_hash       text not null,
  password_changed_at timestamptz not null,
  totp_secret         bytea,
  totp_pending_secret bytea,
  totp_last_step      bigint not null default 0,
  created_at          timestamptz not null
);

create table identity.sign_up (
  signup_id    text primary key,
  email        text not null,
  email_hash   text not null,
  locale       text not null,
  -- Null for an address that has an account: every code is then wrong, and the answers look alike.
  code_hash    text,
  tries        integer not null default 0,
  verified_at  timestamptz,
  completed_at timestamptz,
  account_id   text,
  expires_at   timestamptz not null
);
create index on identity.sign_up (expires_at);

-- One row a bucket, in GCRA form: the theoretical arrival time is the whole state.
create table identity.throttle (key text primary key, tat timestamptz not null);
create index on identity.throttle (tat);

-- State of the authorization server. Ids are stored hashed, so a read of this table yields no token.
create table identity.oidc_payload (
  model       text not null,
  id          text not null,
  grant_id    text,
  uid         text,
  payload     jsonb not null,
  consumed_at timestamptz,
  expires_at  timestamptz,
  primary key (model, id)
);
create index on identity.oidc_payload (grant_id) where grant_id is not null;
create index on identity.oidc_payload (uid) where uid is not null;
create index on identity.oidc_payload (expires_at);

create table identity.session (
  session_id     text primary key,
  account_id     text not null references identity.account,
  grant_id       text not null unique,
  device_id      text,
  ip             text not null,
  user_agent     text not null,
  assurance      text not null,
  created_at     timestamptz not null,
  last_seen_at   timestamptz not null,
  revoked_at     timestamptz,
  revoked_reason text
);
create index on identity.session (account_id, created_at);

-- Proofs seen (RFC 9449 §11.1), kept until their iat has left the window.
create table identity.dpop_proof (
  jkt        text not null,
  jti        text not null,
  expires_at timestamptz not null,
  primary key (jkt, jti)
);
create index on identity.dpop_proof (expires_at);

-- A login that passed its password and waits for a second step; the interaction's signed cookie is its only handle.
create table identity.login_step (
  uid          text primary key,
  account_id   text not null,
  event_id     text not null,
  stepup_id    text not null,
  method       text not null,
  code_hash    text,
  payload_hash text not null,
  tries        integer not null default 0,
  expires_at   timestamptz not null
);
create index on identity.login_step (expires_at);

create table identity.staff (
  staff_id       text primary key,
  name           text not null unique,
  roles          text[] not null,
  password_hash  text not null,
  totp_secret    bytea not null,
  totp_last_step bigint not null default 0,
  created_at     timestamptz not null,
  disabled_at    timestamptz
);

create table identity.staff_session (
  session_id   text primary key,
  token_hash   text not null unique,
  staff_id     text not null references identity.staff,
  ip           text not null,
  user_agent   text not null,
  created_at   timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at   timestamptz not null,
  revoked_at   timestamptz
);
create index on identity.staff_session (expires_at);
