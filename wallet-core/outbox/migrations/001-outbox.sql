create schema if not exists outbox;

-- One row a subject: its lock gives events of one subject an order, and the counter shows a gap to whoever reads.
create table outbox.subject_sequence (
  subject text primary key,
  last bigint not null
);

create table outbox.message (
  -- Taken under the subject's lock, so that within a subject it rises in commit order.
  position bigint generated always as identity primary key,
  id text not null unique,
  topic text not null,
  key text not null,
  body text not null,
  sent_at timestamptz
);

create index message_unsent on outbox.message (position) where sent_at is null;
create index message_sent on outbox.message (sent_at) where sent_at is not null;
