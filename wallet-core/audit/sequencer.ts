import type { KeyObject } from 'node:crypto';
import { canonicalJson, type Clock, SECOND_MS } from '../../core/index.ts';
import type { Sql, SqlExecutor, SqlTransaction } from '../../platform/sql/port.ts';
import { type Checkpoint, signCheckpoint } from './checkpoint.ts';
import { hashChildren, type Hash, hashLeaf, type NodeReader, rootOf } from './merkle.ts';

/** Gives committed entries their leaves, and signs a checkpoint over each batch. */
export interface Sequencer {
  start(): void;
  /** One pass by hand; the number of leaves added. */
  sequence(): Promise<number>;
  stop(): Promise<void>;
}

/** Leaves of one transaction: about 10 statements each, so a pass stays well under a second. */
const BATCH_MAX = 1_000;
const EVERY_MS = SECOND_MS;
/** One sequencer at a time, whatever the number of processes. */
const SEQUENCER_LOCK = 0x61756469;

interface EntryRow extends Record<string, unknown> {
  readonly id: bigint;
  readonly at: Date;
  readonly kind: string;
  readonly actor: string;
  readonly subject: string;
  readonly details: unknown;
}

/** The bytes of a leaf: RFC 8785 JSON of the entry as it stands in the table. */
export function leafBody(entry: EntryRow): string {
  const { id, at, kind, actor, subject, details } = entry;
  return canonicalJson({ id: id.toString(), at: at.toISOString(), kind, actor, subject, details });
}

/** Reads nodes of complete subtrees from the database. */
export function sqlNodeReader(executor: SqlExecutor): NodeReader {
  return async (level, index) => {
    const [row] = await executor.query<{ hash: Buffer }>('select hash from audit.node where level = $1 and index = $2', [
      level,
      index,
    ]);
    if (row === undefined) throw new Error(`the audit tree lacks node ${level}/${index}`);
    return row.hash;
  };
}

export async function treeSize(executor: SqlExecutor): Promise<number> {
  const [row] = await executor.query<{ size: bigint }>('select coalesce(max(leaf_index) + 1, 0)::bigint as size from audit.leaf');
  return Number(row?.size ?? 0n);
}

async function addLeaf(transaction: SqlTransaction, index: number, entry: EntryRow): Promise<void> {
  const body = leafBody(entry);
  let hash: Hash = hashLeaf(body);
  await transaction.query('update audit.entry set leaf_index = $2 where id = $1', [entry.id, index]);
  await transaction.query('insert into audit.leaf (leaf_index, entry_id, body, leaf_hash) values ($1, $2, $3, $4)', [
    index,
    entry.id,
    body,
    hash,
  ]);
  await transaction.query('insert into audit.node (level, index, hash) values (0, $1, $2)', [index, hash]);
  const read = sqlNodeReader(transaction);
  let level = 0;
  let position = index;
  while (position % 2 === 1) {
    hash = hashChildren(await read(level, position - 1), hash);
    level += 1;
    position = (position - 1) / 2;
    await transaction.query('insert into audit.node (level, index, hash) values ($1, $2, $3)', [level, position, hash]);
  }
}

export function createSequencer(deps: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly onError: (error: unknown) => void;
}): Sequencer {
  let timer: NodeJS.Timeout | undefined;
  let active: Promise<unknown> = Promise.resolve();

  async function pass(transaction: SqlTransaction): Promise<number> {
    const [lock] = await transaction.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1) as held', [SEQUENCER_LOCK]);
    if (lock?.held !== true) return 0;
    const entries = await transaction.query<EntryRow>(
      'select id, at, kind, actor, subject, details from audit.entry where leaf_index is null order by id limit $1',
      [BATCH_MAX],
    );
    if (entries.length === 0) return 0;
    const first = await treeSize(transaction);
    for (const [offset, entry] of entries.entries()) await addLeaf(transaction, first + offset, entry);
    const size = first + entries.length;
    const checkpoint: Checkpoint = { size, root: await rootOf(sqlNodeReader(transaction), size) };
    await transaction.query('insert into audit.checkpoint (size, root, note, at) values ($1, $2, $3, $4)', [
      size,
      checkpoint.root,
      signCheckpoint(checkpoint, deps.keys),
      new Date(deps.clock.now()),
    ]);
    return entries.length;
  }

  async function sequence(): Promise<number> {
    let total = 0;
    for (;;) {
      const added = await deps.sql.transaction(pass);
      total += added;
      if (added < BATCH_MAX) return total;
    }
  }

  return {
    sequence,
    start() {
      timer = setInterval(() => {
        active = active.then(sequence).catch(deps.onError);
      }, EVERY_MS);
    },
    async stop() {
      clearInterval(timer);
      await active;
      await sequence().catch(deps.onError);
    },
  };
}
