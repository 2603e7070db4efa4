const SLOTS = 2 ** 15;
const ASCII_END = 0x80;
/** Longer texts repeat too seldom. */
const MAX_BYTES = 40;
const PRIME = 0x01000193;
const OFFSET = 0x811c9dc5;

/**
 * Decodes texts that repeat, such as ids of entities: one that was met lately is given again instead of being made anew, which is faster
 * and keeps one string where there would be thousands. Bounded: a slot keeps the newest text that falls into it.
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

/** Whether these bytes, all ASCII, spell the text. */
function isText(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
