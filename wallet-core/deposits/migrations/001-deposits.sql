create schema if not exists deposits;

-- The next BIP-32 child index; one row, whose lock hands out each index once.
create table deposits.next_index (
  singleton boolean primary key default true check (singleton),
  value bigint not null default 0 check (value between 0 and 2147483647)
);
insert into deposits.next_index default values;

create table deposits.derivation (
  account_id text primary key,
  index bigint not null unique,
  -- Which extended public key the index belongs to, so that a change of key is seen.
  key_fingerprint text not null
);

create table deposits.address (
  chain_id bigint not null,
  address text not null check (address ~ '^0x[0-9a-f]{40}$'),
  account_id text not null references deposits.derivation (account_id),
  assigned_at timestamptz not null,
  primary key (chain_id, address),
  unique (account_id, chain_id)
);

-- How far each chain was read: everything up to this block, which is this one and no other.
create table deposits.cursor (
  chain_id bigint primary key,
  genesis_hash text not null,
  number bigint not null,
  hash text not null
);

-- Hashes of the blocks read, to find where two branches part.
create table deposits.block (
  chain_id bigint not null,
  number bigint not null,
  hash text not null,
  primary key (chain_id, number)
);

create table deposits.movement (
  id uuid primary key,
  chain_id bigint not null,
  tx_hash text not null check (tx_hash ~ '^0x[0-9a-f]{64}$'),
  position text not null,
  asset text not null,
  amount numeric(78, 0) not null check (amount > 0),
  from_address text not null,
  to_address text not null,
  account_id text not null,
  block_number bigint not null,
  block_hash text not null,
  -- 1, and one more each time a reorganisation brings the movement back.
  incarnation int not null default 1,
  state text not null check (state in ('observed', 'credited', 'held', 'rejected', 'orphaned', 'reversed')),
  reason text,
  attack text,
  credited numeric(78, 0),
  observed_at timestamptz not null,
  settled_at timestamptz,
  -- One key for ever: the position is inside the receipt, so a reorganisation does not shift it.
  unique (chain_id, tx_hash, position),
  check ((state in ('credited', 'reversed')) = (credited is not null))
);

create index movement_observed on deposits.movement (chain_id, block_number) where state = 'observed';
create index movement_block on deposits.movement (chain_id, block_number);
create index movement_account on deposits.movement (account_id, observed_at desc, id);

create table deposits.evidence (
  deposit_id uuid not null references deposits.movement (id),
  incarnation int not null,
  -- SHA-256 of body, which is RFC 8785 JSON; the same hash stands in the audit log.
  hash text not null,
  body text not null,
  at timestamptz not null,
  primary key (deposit_id, incarnation)
);

create table deposits.claim (
  -- An account id, or provider:NAME. Ids are made by the claimant, so they are unique per claimant.
  claimant text not null,
  id text not null,
  chain_id bigint not null,
  tx_hash text not null,
  state text not null check (state in ('pending', 'credited', 'held', 'rejected')),
  reason text not null,
  attack text,
  claimed_at timestamptz not null,
  judged_at timestamptz not null,
  primary key (claimant, id)
);

create index claim_pending on deposits.claim (chain_id, judged_at) where state = 'pending';
create index claim_claimant on deposits.claim (claimant, claimed_at);

create table deposits.provider_event (
  provider text not null,
  event_id text not null,
  received_at timestamptz not null,
  primary key (provider, event_id)
);
