/**
 * 64-bit hash as two unsigned 32-bit halves, the form in which rings store and compare it; a bigint would be slow on
 * the hot path.
 */
export interface IdHash {
  readonly hi: number;
  readonly lo: number;
}

/** The 128-bit key, as 32-bit words in the order of its bytes. */
export type SipKey = readonly [number, number, number, number];

const KEY_BYTES = 16;
const MAX_U32 = 2 ** 32 - 1;
const ASCII_END = 0x80;
/** Steps of two rounds after the last word of the message. */
const FINAL_STEPS = 2;

const utf8 = new TextEncoder();

/** @param bytes at least 16; the first 16 are the key */
export function sipKeyOf(bytes: Uint8Array): SipKey {
  if (bytes.length < KEY_BYTES) throw new RangeError(`a key needs ${KEY_BYTES} bytes, this one has ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, KEY_BYTES);
  return [view.getInt32(0, true), view.getInt32(4, true), view.getInt32(8, true), view.getInt32(12, true)];
}

/**
 * SipHash-2-4 of the UTF-8 bytes of a text. Without the key it is infeasible to construct collisions; two of n texts
 * collide by chance with a probability of about n²/2⁶⁵. 64-bit words are pairs of halves (`…h`, `…l`); the carry of a
 * sum is 1 if the exact sum of the low halves exceeds 32 bits. J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast
 * short-input PRF", 2012.
 */
export function sipHash([k0l, k0h, k1l, k1h]: SipKey, text: string): IdHash {
  const bytes = asBytes(text);
  const { length } = bytes;
  let v0l = k0l ^ 0x70736575;
  let v0h = k0h ^ 0x736f6d65;
  let v1l = k1l ^ 0x6e646f6d;
  let v1h = k1h ^ 0x646f7261;
  let v2l = k0l ^ 0x6e657261;
  let v2h = k0h ^ 0x6c796765;
  let v3l = k1l ^ 0x79746573;
  let v3h = k1h ^ 0x74656462;
  const words = (length >> 3) + 1;
  for (let word = 0; word < words + FINAL_STEPS; word++) {
    const at = word << 3;
    const ml = word < words ? wordAt(bytes, at) : 0;
    const mh = word < words - 1 ? wordAt(bytes, at + 4) : word < words ? wordAt(bytes, at + 4) | (length << 24) : 0;
    if (word === words) v2l ^= 0xff;
    v3l ^= ml;
    v3h ^= mh;
    for (let round = 0; round < 2; round++) {
      let sum = (v0l >>> 0) + (v1l >>> 0);
      v0l = sum | 0;
      v0h = (v0h + v1h + (sum > MAX_U32 ? 1 : 0)) | 0;
      let high = v1h;
      v1h = ((high << 13) | (v1l >>> 19)) ^ v0h;
      v1l = ((v1l << 13) | (high >>> 19)) ^ v0l;
      high = v0h;
      v0h = v0l;
      v0l = high;
      sum = (v2l >>> 0) + (v3l >>> 0);
      v2l = sum | 0;
      v2h = (v2h + v3h + (sum > MAX_U32 ? 1 : 0)) | 0;
      high = v3h;
      v3h = ((high << 16) | (v3l >>> 16)) ^ v2h;
      v3l = ((v3l << 16) | (high >>> 16)) ^ v2l;
      sum = (v0l >>> 0) + (v3l >>> 0);
      v0l = sum | 0;
      v0h = (v0h + v3h + (sum > MAX_U32 ? 1 : 0)) | 0;
      high = v3h;
      v3h = ((high << 21) | (v3l >>> 11)) ^ v0h;
      v3l = ((v3l << 21) | (high >>> 11)) ^ v0l;
      sum = (v2l >>> 0) + (v1l >>> 0);
      v2l = sum | 0;
      v2h = (v2h + v1h + (sum > MAX_U32 ? 1 : 0)) | 0;
      high = v1h;
      v1h = ((high << 17) | (v1l >>> 15)) ^ v2h;
      v1l = ((v1l << 17) | (high >>> 15)) ^ v2l;
      high = v2h;
      v2h = v2l;
      v2l = high;
    }
    v0l ^= ml;
    v0h ^= mh;
  }
  return { hi: (v0h ^ v1h ^ v2h ^ v3h) >>> 0, lo: (v0l ^ v1l ^ v2l ^ v3l) >>> 0 };
}

/** Four bytes that begin at `at`; bytes behind the end are 0. */
function wordAt(bytes: string, at: number): number {
  if (at + 4 <= bytes.length)
    return (
      bytes.charCodeAt(at) |
      (bytes.charCodeAt(at + 1) << 8) |
      (bytes.charCodeAt(at + 2) << 16) |
      (bytes.charCodeAt(at + 3) << 24)
    );
  let word = 0;
  for (let i = at; i < bytes.length; i++) word |= bytes.charCodeAt(i) << (8 * (i - at));
  return word;
}

/** A string with one character per UTF-8 byte. ASCII texts are returned as they are. */
function asBytes(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) >= ASCII_END) {
      let bytes = '';
      for (const byte of utf8.encode(text)) bytes += String.fromCharCode(byte);
      return bytes;
    }
  }
  return text;
}
