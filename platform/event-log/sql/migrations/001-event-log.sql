create schema event_log;

create table event_log.topics (
  id int generated always as identity primary key,
  name text not null unique,
  partitions int not null check (partitions between 1 and 1000)
);

-- The row of a partition is the lock that appends take turns on: offsets are given and become visible in one order, without gaps.
create table event_log.partitions (
  topic int not null references event_log.topics,
  partition int not null,
  next_offset bigint not null default 0,
  primary key (topic, partition)
) with (fillfactor = 50);

create table event_log.records (
  topic int not null,
  partition int not null,
  "offset" bigint not null,
  at_ms bigint not null,
  key text not null,
  value text not null,
  headers text not null,
  primary key (topic, partition, "offset")
);

-- Where a group stands in a partition, and which member reads it until when. `epoch` grows with each lease: a member that lost
-- its lease without knowing cannot commit any more.
create table event_log.positions (
  group_name text not null,
  topic int not null references event_log.topics,
  partition int not null,
  start_offset bigint not null,
  committed bigint,
  member uuid,
  epoch bigint not null default 0,
  lease_until timestamptz,
  primary key (group_name, topic, partition)
) with (fillfactor = 50);

create table event_log.members (
  group_name text not null,
  topic int not null references event_log.topics,
  member uuid not null,
  alive_until timestamptz not null,
  primary key (group_name, topic, member)
);

create function event_log.append(
  p_topic int, p_partitions int[], p_keys text[], p_values text[], p_headers text[], p_at_ms bigint
) returns void language plpgsql as $$
declare
  part record;
  first bigint;
  starts bigint[] := '{}';
begin
  -- In the order of partitions, so that two batches never wait for each other.
  for part in select p as id, count(*) as records from unnest(p_partitions) as p group by p order by p loop
    update event_log.partitions set next_offset = next_offset + part.records
      where topic = p_topic and partition = part.id
      returning next_offset - part.records into strict first;
    starts[part.id + 1] := first;
  end loop;
  insert into event_log.records (topic, partition, "offset", at_ms, key, value, headers)
    select p_topic, t.partition,
           starts[t.partition + 1] + row_number() over (partition by t.partition order by t.place) - 1,
           p_at_ms, t.key, t.value, t.headers
    from unnest(p_partitions, p_keys, p_values, p_headers) with ordinality as t (partition, key, value, headers, place);
end $$;

-- A commit that a power cut takes back only brings records again, which handlers expect, so it need not wait for the disk.
create function event_log.commit_offset(
  p_group text, p_topic int, p_partition int, p_member uuid, p_epoch bigint, p_offset bigint
) returns boolean language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  update event_log.positions set committed = p_offset
    where group_name = p_group and topic = p_topic and partition = p_partition and member = p_member and epoch = p_epoch;
  return found;
end $$;
