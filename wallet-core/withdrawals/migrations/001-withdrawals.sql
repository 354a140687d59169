create schema if not exists withdrawals;

create table withdrawals.payee (
  account_id text not null,
  chain_id bigint not null,
  -- EIP-55
  address text not null,
  id uuid not null unique,
  added_at timestamptz not null,
  -- Until a payment to it was confirmed a payee counts as new: an attempt that was stopped makes nobody trusted.
  confirmed_at timestamptz,
  primary key (account_id, chain_id, address)
);

create table withdrawals.withdrawal (
  id uuid primary key,
  account_id text not null,
  asset text not null,
  amount numeric(78, 0) not null check (amount > 0),
  payee text not null,
  chain_id bigint not null,
  fee_cap numeric(78, 0) not null,
  payload_hash text not null,
  body_hash text not null,
  event_id uuid not null unique,
  -- The network end of the request, for the events that follow from it.
  client jsonb not null,
  state text not null check (state in (
    'requested', 'awaiting_step_up', 'held', 'approved', 'signing', 'signed', 'broadcast', 'confirming',
    'confirmed', 'denied', 'cancelled', 'expired', 'failed')),
  hold_cause text check (hold_cause in ('no_verdict', 'verdict', 'account_blocked')),
  outcome text,
  verdict_revision integer not null default 0,
  -- Why it stands where it stands: a stable code.
  reason text,
  -- When it ends unless something happens; null once a nonce is reserved.
  expires_at timestamptz,
  step_up_proof jsonb,
  -- What the signer is asked, fixed with the nonce so that asking again is the same question.
  verdict jsonb,
  sender text,
  nonce bigint,
  gas_limit numeric(78, 0),
  max_fee_per_gas numeric(78, 0),
  max_priority_fee_per_gas numeric(78, 0),
  tx_hash text,
  block_number bigint,
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  last_error text,
  requested_at timestamptz not null,
  updated_at timestamptz not null,
  check ((state = 'held') = (hold_cause is not null)),
  check (state not in ('signing', 'signed', 'broadcast', 'confirming', 'confirmed') or (nonce is not null and expires_at is null))
);
create index withdrawal_account on withdrawals.withdrawal (account_id, requested_at desc);
create index withdrawal_due on withdrawals.withdrawal (expires_at) where expires_at is not null;
create index withdrawal_active on withdrawals.withdrawal (state, requested_at)
  where state in ('requested', 'held', 'approved', 'signing', 'signed', 'broadcast', 'confirming');

create table withdrawals.step_up (
  id uuid primary key,
  withdrawal_id uuid not null unique references withdrawals.withdrawal (id),
  state text not null check (state in ('open', 'passed', 'failed')),
  tries integer not null default 0,
  expires_at timestamptz not null
);

create table withdrawals.sender (
  chain_id bigint not null,
  address text not null,
  next_nonce bigint not null check (next_nonce >= 0),
  primary key (chain_id, address)
);

-- One withdrawal has one nonce, forever. A nonce serves another withdrawal only after the signer promised never to sign the first.
create table withdrawals.nonce (
  withdrawal_id uuid primary key references withdrawals.withdrawal (id),
  chain_id bigint not null,
  sender text not null,
  nonce bigint not null,
  reserved_at timestamptz not null,
  released_at timestamptz
);
create unique index nonce_in_use on withdrawals.nonce (chain_id, sender, nonce) where released_at is null;

create table withdrawals.transaction (
  hash text primary key,
  withdrawal_id uuid not null references withdrawals.withdrawal (id),
  raw text not null,
  signed_at timestamptz not null
);
create index transaction_withdrawal on withdrawals.transaction (withdrawal_id, signed_at desc);

create table withdrawals.internal_transfer (
  id uuid primary key,
  account_id text not null,
  to_account text not null,
  asset text not null,
  amount numeric(78, 0) not null check (amount > 0),
  body_hash text not null,
  created_at timestamptz not null
);
create index internal_transfer_account on withdrawals.internal_transfer (account_id, created_at desc);
