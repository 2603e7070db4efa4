/**
 * 32-bit murmur2 over UTF-8, as Kafka's default partitioner computes it (seed 0x9747b28c).
 * Source: org.apache.kafka.common.utils.Utils#murmur2.
 * @returns a signed 32-bit integer
 */
export function murmur2(data: Uint8Array): number {
  const m = 0x5bd1e995;
  const length = data.length;
  let h = (0x9747b28c ^ length) | 0;
  const blocks = length >> 2;
  for (let i = 0; i < blocks; i++) {
    const i4 = i << 2;
    let k =
      byteAt(data, i4) | (byteAt(data, i4 + 1) << 8) | (byteAt(data, i4 + 2) << 16) | (byteAt(data, i4 + 3) << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  const tail = blocks << 2;
  const rest = length & 3;
  if (rest === 3) h ^= byteAt(data, tail + 2) << 16;
  if (rest >= 2) h ^= byteAt(data, tail + 1) << 8;
  if (rest >= 1) h = Math.imul(h ^ byteAt(data, tail), m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  h ^= h >>> 15;
  return h | 0;
}

function byteAt(data: Uint8Array, index: number): number {
  return data[index] ?? 0;
}

const utf8 = new TextEncoder();

/**
 * The partition that Kafka's Java client chooses for a key: `toPositive(murmur2(key)) % partitions`.
 * Source: org.apache.kafka.clients.producer.internals.BuiltInPartitioner#partitionForKey.
 * @param key text; its UTF-8 bytes are hashed
 * @param partitions number of partitions of the topic, 1 or more
 * @returns 0 to partitions − 1
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(utf8.encode(key)) & 0x7fffffff) % partitions;
}

/**
 * 64-bit FNV-1a hash of a string's UTF-8 bytes, unsigned.
 * Used to recognise transaction ids; a collision among n ids has probability about n²/2⁶⁵.
 * Source: http://www.isthe.com/chongo/tech/comp/fnv/.
 * @returns 0 to 2⁶⁴ − 1
 */
export function fnv1a64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of utf8.encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}
