const M = 0x5bd1e995;
const SEED = 0x9747b28c;

/** Murmur2 with Kafka's seed, as `org.apache.kafka.common.utils.Utils.murmur2` computes it; a signed 32-bit integer. */
export function murmur2(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const whole = data.byteLength - (data.byteLength % 4);
  let h = SEED ^ data.byteLength;
  for (let at = 0; at < whole; at += 4) {
    let k = Math.imul(view.getInt32(at, true), M);
    k = Math.imul(k ^ (k >>> 24), M);
    h = Math.imul(h, M) ^ k;
  }
  if (whole < data.byteLength) {
    for (let at = data.byteLength - 1; at >= whole; at -= 1) h ^= view.getUint8(at) << (8 * (at - whole));
    h = Math.imul(h, M);
  }
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

const utf8 = new TextEncoder();

/** The partition (0 to `partitions` − 1) of a key: the rule of Kafka's default partitioner, so that every log agrees on it. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(utf8.encode(key)) & 0x7fffffff) % partitions;
}
