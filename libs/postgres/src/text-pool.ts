const SLOTS = 2 ** 15;
const ASCII_END = 0x80;
/** Longer texts are not pooled, because they rarely repeat. */
const MAX_BYTES = 40;
const PRIME = 0x01000193;
const OFFSET = 0x811c9dc5;

/**
 * Decoder with a cache for texts that repeat, such as entity ids. A recently decoded text is returned as the same
 * string object, which is faster and saves memory. The cache is a direct-mapped table (FNV-1a hash) of fixed size: each
 * slot holds the newest text of its hash.
 */
export class TextPool {
  private readonly slots: (string | undefined)[] = Array.from({ length: SLOTS });

  /** The text of the UTF-8 bytes of [start, end). */
  decode(bytes: Buffer, start: number, end: number): string {
    if (end - start > MAX_BYTES) return bytes.toString('utf8', start, end);
    let hash = OFFSET;
    let seen = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      seen |= byte;
      hash = Math.imul(hash ^ byte, PRIME);
    }
    if (seen >= ASCII_END) return bytes.toString('utf8', start, end);
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.slots[slot];
    if (known !== undefined && isText(known, bytes, start, end)) return known;
    const text = bytes.toString('latin1', start, end);
    this.slots[slot] = text;
    return text;
  }
}

/** True if these ASCII bytes are equal to the text. */
function isText(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
