import type { Sql, SqlTransaction } from '../../sql/index.ts';
import type { Topic } from './topics.ts';

/** Who asks: one member of one group. */
export interface Member {
  readonly group: string;
  /** UUID */
  readonly id: string;
  readonly leaseMs: number;
}

export interface Lease {
  readonly topic: Topic;
  readonly partition: number;
  readonly epoch: bigint;
  /** Offset to read next. */
  readonly position: bigint;
}

export interface Balance {
  /** Leases won now. */
  readonly won: readonly Lease[];
  /** Partitions (of those held) that are still ours. */
  readonly kept: ReadonlySet<number>;
  /** How many of `kept` to give up, beside those already leaving, so that other members get their share. */
  readonly surplus: number;
}

/** Every time is the database's own, so that members with wrong clocks still agree on who holds what. `$3` is the lease in milliseconds. */
const UNTIL = `clock_timestamp() + $3 * interval '1 millisecond'`;

/** Makes the group's positions where missing: a group that was never here starts at the begin or at the end of each partition. */
export async function enterGroup(sql: Sql, group: string, topic: Topic, from: 'earliest' | 'latest'): Promise<void> {
  await sql.query(
    `insert into event_log.positions (group_name, topic, partition, start_offset)
       select $1, topic, partition, case when $3 then next_offset else 0 end from event_log.partitions where topic = $2
     on conflict do nothing`,
    [group, topic.id, from === 'latest'],
  );
}

async function announce(transaction: SqlTransaction, { group, id, leaseMs }: Member, topic: Topic): Promise<string[]> {
  await transaction.query(
    `insert into event_log.members (group_name, topic, member, alive_until) values ($1, $2, $4, ${UNTIL})
     on conflict (group_name, topic, member) do update set alive_until = excluded.alive_until`,
    [group, topic.id, leaseMs, id],
  );
  await transaction.query(
    'delete from event_log.members where group_name = $1 and topic = $2 and member <> $3 and alive_until < clock_timestamp()',
    [group, topic.id, id],
  );
  const rows = await transaction.query<{ member: string }>(
    'select member from event_log.members where group_name = $1 and topic = $2 order by member',
    [group, topic.id],
  );
  return rows.map((row) => row.member);
}

async function take(transaction: SqlTransaction, { group, id, leaseMs }: Member, topic: Topic, count: number): Promise<Lease[]> {
  const rows = await transaction.query<{ partition: number; epoch: bigint; position: bigint }>(
    `update event_log.positions set member = $4, epoch = epoch + 1, lease_until = ${UNTIL}
     where group_name = $1 and topic = $2 and partition in (
       select partition from event_log.positions
       where group_name = $1 and topic = $2 and (member is null or lease_until < clock_timestamp())
       order by partition limit $5)
     returning partition, epoch, coalesce(committed, start_offset) as position`,
    [group, topic.id, leaseMs, id, count],
  );
  return rows.map((row) => ({ topic, ...row }));
}

/** Members in a fixed order share as evenly as can be: the first `partitions mod members` have one more. */
function fairShare(partitions: number, members: readonly string[], self: string): number {
  const rank = members.indexOf(self);
  return Math.floor(partitions / members.length) + (rank < partitions % members.length ? 1 : 0);
}

/** Says that we live, keeps what we hold, and (unless `leaving`) takes what is free up to our fair share. */
export function balanceLeases(
  sql: Sql,
  member: Member,
  topic: Topic,
  held: readonly Lease[],
  leavingCount: number,
): Promise<Balance> {
  return sql.transaction(async (transaction) => {
    // One member of a group at a time: two that join at once must each see the other.
    await transaction.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`event_log ${topic.id} ${member.group}`]);
    const members = await announce(transaction, member, topic);
    const kept = await transaction.query<{ partition: number }>(
      `update event_log.positions as p set lease_until = ${UNTIL}
       from unnest($5::int[], $6::bigint[]) as held (partition, epoch)
       where group_name = $1 and topic = $2 and member = $4 and p.partition = held.partition and p.epoch = held.epoch
       returning p.partition`,
      [member.group, topic.id, member.leaseMs, member.id, held.map((lease) => lease.partition), held.map((lease) => lease.epoch)],
    );
    const missing = fairShare(topic.partitions, members, member.id) - (kept.length - leavingCount);
    const won = missing > 0 ? await take(transaction, member, topic, missing) : [];
    return { won, kept: new Set(kept.map((row) => row.partition)), surplus: Math.max(0, -missing) };
  });
}

/** Keeps what we hold, takes nothing: for a member on its way out. */
export async function renewLeases(sql: Sql, { group, id, leaseMs }: Member, topic: Topic): Promise<void> {
  await sql.query(`update event_log.positions set lease_until = ${UNTIL} where group_name = $1 and topic = $2 and member = $4`, [
    group,
    topic.id,
    leaseMs,
    id,
  ]);
}

/** False: the lease was lost, and another member reads on from the last commit. */
export async function commitOffset(
  sql: Sql,
  { group, id }: Member,
  { topic, partition, epoch }: Lease,
  offset: bigint,
): Promise<boolean> {
  const [row] = await sql.query<{ ours: boolean }>('select event_log.commit_offset($1, $2, $3, $4, $5, $6) as ours', [
    group,
    topic.id,
    partition,
    id,
    epoch,
    offset,
  ]);
  return row?.ours === true;
}

export async function releaseLease(sql: Sql, { group, id }: Member, { topic, partition, epoch }: Lease): Promise<void> {
  await sql.query(
    `update event_log.positions set member = null, lease_until = null
     where group_name = $1 and topic = $2 and partition = $3 and member = $4 and epoch = $5`,
    [group, topic.id, partition, id, epoch],
  );
}

export async function leaveGroup(sql: Sql, { group, id }: Member, topic: Topic): Promise<void> {
  await sql.query('delete from event_log.members where group_name = $1 and topic = $2 and member = $3', [group, topic.id, id]);
}
