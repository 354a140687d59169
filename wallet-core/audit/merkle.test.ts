import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consistencyProof,
  hashChildren,
  hashLeaf,
  type Hash,
  inclusionProof,
  type NodeReader,
  rootFromInclusion,
  rootOf,
  verifyConsistency,
} from './merkle.ts';

function treeOf(bodies: readonly string[]): NodeReader {
  const leaves = bodies.map(hashLeaf);
  const read = async (level: number, index: number): Promise<Hash> => {
    if (level > 0) return hashChildren(await read(level - 1, index * 2), await read(level - 1, index * 2 + 1));
    const leaf = leaves[index];
    if (leaf === undefined) throw new RangeError(`no leaf ${index}`);
    return leaf;
  };
  return read;
}

describe('the Merkle tree of RFC 6962', () => {
  it('hashes the empty tree and a leaf as the RFC says', async () => {
    expect((await rootOf(treeOf([]), 0)).toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    // SHA-256 of a single 0x00 byte: the leaf hash of an empty entry, as certificate-transparency's own test data has it.
    expect(hashLeaf('').toString('hex')).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
  });

  it('proves every leaf of every size up to 33, and nothing else', async () => {
    const bodies = Array.from({ length: 33 }, (_, index) => `leaf ${index}`);
    const read = treeOf(bodies);
    for (let size = 1; size <= bodies.length; size += 1) {
      const root = await rootOf(read, size);
      for (let index = 0; index < size; index += 1) {
        const path = await inclusionProof(read, index, size);
        expect(rootFromInclusion(hashLeaf(`leaf ${index}`), index, size, path)?.equals(root)).toBe(true);
        expect(rootFromInclusion(hashLeaf('forged'), index, size, path)?.equals(root)).not.toBe(true);
        expect(rootFromInclusion(hashLeaf(`leaf ${index}`), index, size, [...path, root])).toBeNull();
      }
    }
  });

  it('proves that a smaller tree is a prefix, and refuses a rewritten one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 0, max: 69 }), async (second, drop) => {
        const first = Math.max(1, second - drop);
        const bodies = Array.from({ length: second }, (_, index) => `${index}`);
        const read = treeOf(bodies);
        const proof = await consistencyProof(read, first, second);
        const [oldRoot, newRoot] = [await rootOf(read, first), await rootOf(read, second)];
        expect(verifyConsistency(first, second, oldRoot, newRoot, proof)).toBe(true);
        const rewritten = await rootOf(treeOf(['rewritten', ...bodies.slice(1)]), first);
        expect(verifyConsistency(first, second, rewritten, newRoot, proof)).toBe(false);
      }),
    );
  });
});
