/**
 * 53-bit hash of bytes read as 32-bit words, with two murmur3-style lanes. A double represents 53 bits exactly.
 *
 * Deterministic on machines of the same byte order; not for security. Among n distinct contents the probability of a
 * collision is about n²/2⁵⁴.
 */
export function hashWords(words: Uint32Array): number {
  let a = 0x9747b28c | 0;
  let b = 0x3c6ef372 | 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    a = Math.imul(a ^ Math.imul(word, 0xcc9e2d51), 0x1b873593);
    a ^= a >>> 15;
    b = Math.imul(b ^ Math.imul(word, 0x85ebca6b), 0xc2b2ae35);
    b ^= b >>> 13;
  }
  return (finish(a ^ words.length) >>> 0) * 0x200000 + (finish(b ^ a) >>> 11);
}

/** {@link hashWords} of a string's UTF-16 code units: the key that joins scores and labels of a transaction. */
export function hashText(text: string): number {
  const words = new Uint32Array(text.length);
  for (let i = 0; i < text.length; i++) words[i] = text.charCodeAt(i);
  return hashWords(words);
}

function finish(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
