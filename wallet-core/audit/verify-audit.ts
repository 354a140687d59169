import type { KeyObject } from 'node:crypto';
import type { Sql } from '../../platform/sql/port.ts';
import { openCheckpoint } from './checkpoint.ts';
import { hashChildren, type Hash, hashLeaf } from './merkle.ts';
import { leafBody } from './sequencer.ts';

/** What `bulwark audit verify` found. */
export type AuditFinding =
  | { readonly ok: true; readonly leaves: number; readonly checkpoints: number; readonly rootHex: string }
  | { readonly ok: false; readonly at: string; readonly problem: string };

/** Leaves read at once: bounds memory at about 10 MiB. */
const PAGE = 10_000;

interface LeafRow extends Record<string, unknown> {
  readonly leaf_index: bigint;
  readonly body: string;
  readonly leaf_hash: Buffer;
  readonly id: bigint;
  readonly at: Date;
  readonly kind: string;
  readonly actor: string;
  readonly subject: string;
  readonly details: unknown;
}

/** Rebuilds roots from leaves alone, as a stranger would: a stack of complete subtrees, folded at each checkpoint. */
class Frontier {
  readonly #complete: { level: number; hash: Hash }[] = [];

  push(leaf: Hash): void {
    let node = { level: 0, hash: leaf };
    for (let top = this.#complete.at(-1); top !== undefined && top.level === node.level; top = this.#complete.at(-1)) {
      this.#complete.pop();
      node = { level: node.level + 1, hash: hashChildren(top.hash, node.hash) };
    }
    this.#complete.push(node);
  }

  root(): Hash {
    const [last, ...rest] = this.#complete.toReversed();
    if (last === undefined) throw new RangeError('an empty tree has no checkpoint');
    return rest.reduce((right, left) => hashChildren(left.hash, right), last.hash);
  }
}

function checkLeaf(row: LeafRow, expected: number): string | null {
  if (row.leaf_index !== BigInt(expected)) return `leaf ${expected} is missing`;
  if (leafBody(row) !== row.body) return `the entry of leaf ${expected} no longer says what was hashed`;
  if (!hashLeaf(row.body).equals(row.leaf_hash)) return `the hash of leaf ${expected} does not fit its body`;
  return null;
}

/** Reads the whole log and checks every leaf, every checkpoint's signature and root, and that each tree extends the one before. */
export async function verifyAudit(sql: Sql, publicKey: KeyObject): Promise<AuditFinding> {
  const notes = await sql.query<{ size: bigint; note: string }>('select size, note from audit.checkpoint order by size');
  const bySize = new Map(notes.map((row) => [Number(row.size), row.note]));
  const frontier = new Frontier();
  let size = 0;
  for (;;) {
    const rows = await sql.query<LeafRow>(
      `select l.leaf_index, l.body, l.leaf_hash, e.id, e.at, e.kind, e.actor, e.subject, e.details
         from audit.leaf l join audit.entry e on e.id = l.entry_id where l.leaf_index >= $1 order by l.leaf_index limit $2`,
      [size, PAGE],
    );
    for (const row of rows) {
      const problem = checkLeaf(row, size);
      if (problem !== null) return { ok: false, at: `leaf ${size}`, problem };
      frontier.push(row.leaf_hash);
      size += 1;
      const note = bySize.get(size);
      if (note === undefined) continue;
      const opened = openCheckpoint(note, publicKey);
      if (!opened.ok) return { ok: false, at: `checkpoint ${size}`, problem: opened.refusal.message };
      if (opened.value.size !== size || !opened.value.root.equals(frontier.root())) {
        return { ok: false, at: `checkpoint ${size}`, problem: 'the signed root is not the root of these leaves' };
      }
      bySize.delete(size);
    }
    if (rows.length < PAGE) break;
  }
  const [beyond] = bySize.keys();
  if (beyond !== undefined)
    return { ok: false, at: `checkpoint ${beyond}`, problem: `it was signed over ${beyond} leaves, but only ${size} are left` };
  return { ok: true, leaves: size, checkpoints: notes.length, rootHex: size === 0 ? '' : frontier.root().toString('hex') };
}
