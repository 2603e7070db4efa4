/**
 * 64-bit hash of a text for sketches. The result is in two fields, so that hashing a stream of keys does not allocate.
 *
 * Two multiplicative lanes over the UTF-16 units, then a finaliser that mixes every input bit into both halves. Not for
 * secrets and not for stored data. Two of n keys collide with probability about n²/2⁶⁵.
 *
 * @see [1] bryc, cyrb53 (public domain); the mixing is MurmurHash3's (A. Appleby).
 */
export class KeyHash {
  /** Signed 32 bits. */
  high = 0;
  /** Signed 32 bits. */
  low = 0;

  /** Hashes a key into `high` and `low`. @returns itself */
  of(key: string): this {
    let a = 0xdeadbeef;
    let b = 0x41c6ce57;
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x9e3779b1);
      b = Math.imul(b ^ unit, 0x5f356495);
    }
    a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
    b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
    this.high = b | 0;
    this.low = a | 0;
    return this;
  }
}
