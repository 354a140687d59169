import { createHash } from 'node:crypto';

/**
 * The Merkle tree of RFC 6962 §2.1 over SHA-256. Hashes are 32 bytes; indexes and sizes are safe
 * integers, since a log of 2^53 leaves fits no disk.
 */

export type Hash = Buffer;

/** Reads the hash of the complete subtree of 2^level leaves that starts at leaf `index · 2^level`. */
export type NodeReader = (level: number, index: number) => Promise<Hash>;

export function hashLeaf(body: string): Hash {
  return createHash('sha256').update(Buffer.of(0)).update(body).digest();
}

export function hashChildren(left: Hash, right: Hash): Hash {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();
}

const EMPTY_ROOT = createHash('sha256').digest();

/** Largest power of two smaller than `size` (RFC 6962's k), for size > 1. */
function split(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

/** Hash of leaves [start, start + size): complete subtrees are read, the ragged right edge is folded. */
async function hashRange(read: NodeReader, start: number, size: number): Promise<Hash> {
  const level = Math.log2(size);
  if (Number.isInteger(level) && start % size === 0) return read(level, start / size);
  const left = split(size);
  const [leftHash, rightHash] = [await hashRange(read, start, left), await hashRange(read, start + left, size - left)];
  return hashChildren(leftHash, rightHash);
}

/** The Merkle tree hash of the first `size` leaves. */
export async function rootOf(read: NodeReader, size: number): Promise<Hash> {
  return size === 0 ? EMPTY_ROOT : hashRange(read, 0, size);
}

/** RFC 6962 §2.1.1: the audit path of leaf `index` in the tree of `size` leaves, from the leaf's sibling up. */
export async function inclusionProof(read: NodeReader, index: number, size: number): Promise<Hash[]> {
  if (!(index >= 0 && index < size)) throw new RangeError(`leaf ${index} is not in a tree of ${size} leaves`);
  const path: Hash[] = [];
  let start = 0;
  let width = size;
  while (width > 1) {
    const left = split(width);
    if (index - start < left) {
      path.unshift(await hashRange(read, start + left, width - left));
      width = left;
    } else {
      path.unshift(await hashRange(read, start, left));
      start += left;
      width -= left;
    }
  }
  return path;
}

/** RFC 6962 §2.1.2: proof that the tree of `first` leaves is a prefix of the tree of `second` leaves. */
export async function consistencyProof(read: NodeReader, first: number, second: number): Promise<Hash[]> {
  if (!(first >= 0 && first <= second)) throw new RangeError(`a tree of ${first} leaves is no prefix of one of ${second}`);
  if (first === 0 || first === second) return [];
  const subproof = async (known: number, start: number, width: number, complete: boolean): Promise<Hash[]> => {
    if (known === width) return complete ? [] : [await hashRange(read, start, width)];
    const left = split(width);
    if (known <= left)
      return [...(await subproof(known, start, left, complete)), await hashRange(read, start + left, width - left)];
    return [...(await subproof(known - left, start + left, width - left, false)), await hashRange(read, start, left)];
  };
  return subproof(first, 0, second, true);
}

/** The root that a leaf and its audit path lead to (RFC 9162 §2.1.3.2); null when the path does not fit the size. */
export function rootFromInclusion(leaf: Hash, index: number, size: number, path: readonly Hash[]): Hash | null {
  if (!(index >= 0 && index < size)) return null;
  let node = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of path) {
    if (last === 0) return null;
    if (node % 2 === 1 || node === last) {
      hash = hashChildren(sibling, hash);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = hashChildren(hash, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? hash : null;
}

/** RFC 9162 §2.1.4.2: does the proof lead from the first root to the second? */
export function verifyConsistency(
  first: number,
  second: number,
  firstRoot: Hash,
  secondRoot: Hash,
  proof: readonly Hash[],
): boolean {
  if (first === second) return proof.length === 0 && firstRoot.equals(secondRoot);
  if (first === 0) return proof.length === 0;
  if (first > second) return false;
  const path = Number.isInteger(Math.log2(first)) ? [firstRoot, ...proof] : [...proof];
  const seed = path.shift();
  if (seed === undefined) return false;
  let node = first - 1;
  let last = second - 1;
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  let oldHash = seed;
  let newHash = seed;
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      oldHash = hashChildren(sibling, oldHash);
      newHash = hashChildren(sibling, newHash);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      newHash = hashChildren(newHash, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && oldHash.equals(firstRoot) && newHash.equals(secondRoot);
}
