/** A 64-bit hash as two unsigned 32-bit halves: the form rings store and compare, with no bigint on the hot path. */
export interface IdHash {
  readonly hi: number;
  readonly lo: number;
}

const OFFSET_HI = 0xcbf29ce4;
const OFFSET_LO = 0x84222325;
/** The FNV prime is 2^40 + 0x1b3. */
const PRIME_LOW = 0x1b3;
const PRIME_HIGH_SHIFT = 8;
const TWO_32 = 2 ** 32;
const ASCII_END = 0x80;

const utf8 = new TextEncoder();

/**
 * 64-bit FNV-1a of the UTF-8 bytes of an id; the same value as core's `fnv1a64`, split in halves and about ten times faster.
 * Two of n ids collide with probability about n²/2⁶⁵.
 */
export function idHash(id: string): IdHash {
  let hi = OFFSET_HI;
  let lo = OFFSET_LO;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    if (code >= ASCII_END) return hashBytes(utf8.encode(id));
    const mixed = (lo ^ code) >>> 0;
    hi = nextHi(hi, mixed);
    lo = Math.imul(mixed, PRIME_LOW) >>> 0;
  }
  return { hi, lo };
}

/** Joins the halves into the bigint `fnv1a64` returns. */
export function idHashToBigInt(hash: IdHash): bigint {
  return (BigInt(hash.hi) << 32n) | BigInt(hash.lo);
}

function hashBytes(bytes: Uint8Array): IdHash {
  let hi = OFFSET_HI;
  let lo = OFFSET_LO;
  for (const byte of bytes) {
    const mixed = (lo ^ byte) >>> 0;
    hi = nextHi(hi, mixed);
    lo = Math.imul(mixed, PRIME_LOW) >>> 0;
  }
  return { hi, lo };
}

/** High half of (hi, lo) × prime mod 2^64. lo × 0x1b3 stays below 2^41, so the carry is exact in a double. */
function nextHi(hi: number, lo: number): number {
  const carry = Math.floor((lo * PRIME_LOW) / TWO_32);
  return (Math.imul(hi, PRIME_LOW) + carry + (lo << PRIME_HIGH_SHIFT)) >>> 0;
}
