-- The code each token had when it was listed first. It outlives restarts: what changed while we were away is as hostile as what
-- changes under our eyes.
create table deposits.pinned_code (
  asset text primary key,
  -- keccak256
  code_hash text not null check (code_hash ~ '^0x[0-9a-f]{64}$'),
  pinned_at timestamptz not null
);
