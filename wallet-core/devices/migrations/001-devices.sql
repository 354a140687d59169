create schema if not exists devices;

-- A device is the key it holds: device_id is the RFC 7638 thumbprint of its DPoP key.
create table devices.device (
  account_id   text not null,
  device_id    text not null,
  user_agent   text not null,
  ip           text not null,
  bound_at     timestamptz not null,
  last_seen_at timestamptz not null,
  removed_at   timestamptz,
  removed_why  text,
  primary key (account_id, device_id)
);
