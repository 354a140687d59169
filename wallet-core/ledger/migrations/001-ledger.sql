create schema if not exists ledger;

create table ledger.asset (
  id text primary key,
  symbol text not null,
  decimals smallint not null check (decimals between 0 and 77),
  chain_id bigint,
  -- EIP-55 spelling; null for a chain's native coin and for fiat money.
  contract text
);

create table ledger.account (
  -- Derived from (owner, kind, asset), so that every process knows it without asking.
  id uuid primary key,
  owner text not null check (length(owner) between 1 and 128),
  kind text not null check (kind in (
    'customer_available', 'customer_held', 'customer_incoming', 'customer_outgoing',
    'hot_wallet', 'deposits_onchain', 'fees', 'suspense', 'receivable', 'capital')),
  asset text not null references ledger.asset (id),
  debits_pending numeric(78, 0) not null default 0 check (debits_pending >= 0),
  debits_posted numeric(78, 0) not null default 0 check (debits_posted >= 0),
  credits_pending numeric(78, 0) not null default 0 check (credits_pending >= 0),
  credits_posted numeric(78, 0) not null default 0 check (credits_posted >= 0),
  unique (owner, kind, asset),
  -- The last line of defence: what is decided in code cannot overdraw a customer even if the code is wrong.
  constraint customer_never_below_zero
    check (kind not like 'customer\_%' or debits_posted + debits_pending <= credits_posted)
);

create table ledger.transfer (
  id uuid primary key,
  debit_account uuid not null references ledger.account (id),
  credit_account uuid not null references ledger.account (id),
  amount numeric(78, 0) not null check (amount >= 0),
  asset text not null references ledger.asset (id),
  state text not null check (state in ('single', 'pending', 'post', 'void')),
  pending_id uuid references ledger.transfer (id),
  code text not null check (code ~ '^[a-z0-9_]{1,64}$'),
  expires_at timestamptz,
  body_hash text not null,
  created_at timestamptz not null,
  check (debit_account <> credit_account),
  check ((state in ('post', 'void')) = (pending_id is not null))
);
-- A pending transfer is resolved once.
create unique index transfer_resolution on ledger.transfer (pending_id) where pending_id is not null;
create index transfer_debit on ledger.transfer (debit_account, created_at);
create index transfer_credit on ledger.transfer (credit_account, created_at);

-- Pending transfers that nothing has resolved yet; the row goes when a post or a void comes.
create table ledger.open_pending (
  transfer_id uuid primary key references ledger.transfer (id),
  -- null: its room resolves it, time does not.
  expires_at timestamptz
);
create index open_pending_due on ledger.open_pending (expires_at) where expires_at is not null;

create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'ledger.transfer is immutable: correct a mistake with another transfer';
end $$;
create trigger transfer_immutable before update or delete on ledger.transfer
  for each row execute function ledger.refuse_change();
create trigger transfer_not_truncated before truncate on ledger.transfer
  for each statement execute function ledger.refuse_change();
revoke update, delete, truncate on ledger.transfer from public;
