create schema if not exists audit;

-- Written in the transaction of the act. The sequencer gives entries their place in the tree afterwards, so that acts of
-- different accounts do not queue for one lock (as certificate logs do with their merge delay).
create table audit.entry (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  kind text not null,
  actor text not null,
  subject text not null,
  details jsonb not null,
  leaf_index bigint unique
);

create index entry_unsequenced on audit.entry (id) where leaf_index is null;
create index entry_subject on audit.entry (subject, id);

create table audit.leaf (
  leaf_index bigint primary key,
  entry_id bigint not null unique references audit.entry (id),
  -- The exact bytes that were hashed: RFC 8785 JSON.
  body text not null,
  leaf_hash bytea not null
);

-- Hashes of complete subtrees of 2^level leaves; (0, i) is the leaf itself.
create table audit.node (
  level int not null,
  index bigint not null,
  hash bytea not null,
  primary key (level, index)
);

create table audit.checkpoint (
  size bigint primary key,
  root bytea not null,
  note text not null,
  at timestamptz not null
);

create function audit.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only';
end $$;

-- The one change an entry may see: the sequencer giving it its leaf, once.
create function audit.allow_sequencing() returns trigger language plpgsql as $$
begin
  if old.leaf_index is null and new.leaf_index is not null
     and (new.id, new.at, new.kind, new.actor, new.subject, new.details) is not distinct from (old.id, old.at, old.kind, old.actor, old.subject, old.details) then
    return new;
  end if;
  raise exception 'the audit log is append-only';
end $$;

create trigger entry_sequenced_once before update on audit.entry for each row execute function audit.allow_sequencing();
create trigger entry_append_only before delete on audit.entry for each row execute function audit.refuse_change();
create trigger leaf_append_only before update or delete on audit.leaf for each row execute function audit.refuse_change();
create trigger node_append_only before update or delete on audit.node for each row execute function audit.refuse_change();
create trigger checkpoint_append_only before update or delete on audit.checkpoint for each row execute function audit.refuse_change();
create trigger entry_no_truncate before truncate on audit.entry execute function audit.refuse_change();
create trigger leaf_no_truncate before truncate on audit.leaf execute function audit.refuse_change();
create trigger node_no_truncate before truncate on audit.node execute function audit.refuse_change();
create trigger checkpoint_no_truncate before truncate on audit.checkpoint execute function audit.refuse_change();
