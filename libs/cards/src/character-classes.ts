/** Classes of characters within a number. The class of a digit is its value plus 1. */
export const OTHER = 0;
/** Spaces, hyphens, underscores, and characters without width. */
export const BLANK = 11;
export const DOT = 12;

const CODE_POINTS = 0x20000;
/** Tabs and line ends are not separators: they would join the numbers of a table into one. */
const BLANKS = /^[\0 _\-\u00a0\u00ad\u1680\u2000-\u2015\u202f\u205f\u2060\u2212\u3000\ufe58\ufe63\ufeff\uff0d\uff3f]$/;
const DOTS = /^[.\u00b7\u2024\uff0e]$/;
const NUMERIC = /^\p{N}$/u;
const DECIMAL_DIGIT = /^\p{Nd}$/u;

/** Classes of the code points below 128. */
export const ASCII_CLASSES: Readonly<Uint8Array> = classes(0, 0x80);
/** Built at import (about 30 ms): a lazy build would block the event loop while a stream is processed. */
const BEYOND_ASCII = classes(0x80, CODE_POINTS);

/**
 * The class of a code point. Digits of every script count as digits, and so do characters that compatibility
 * decomposition (NFKC) maps to one ASCII digit.
 */
export function characterClass(codePoint: number): number {
  if (codePoint < 0x80) return ASCII_CLASSES[codePoint] as number;
  return BEYOND_ASCII[codePoint - 0x80] ?? OTHER;
}

function classes(from: number, to: number): Uint8Array {
  const table = new Uint8Array(to - from);
  let digitCount = 0;
  for (let codePoint = from; codePoint < to; codePoint++) {
    const character = String.fromCodePoint(codePoint);
    // Unicode assigns the ten digits of a script consecutive code points, beginning with zero.
    if (DECIMAL_DIGIT.test(character)) table[codePoint - from] = (digitCount++ % 10) + 1;
    else if (NUMERIC.test(character)) table[codePoint - from] = decomposed(character);
    else if (BLANKS.test(character)) table[codePoint - from] = BLANK;
    else if (DOTS.test(character)) table[codePoint - from] = DOT;
  }
  return table;
}

function decomposed(character: string): number {
  const plain = character.normalize('NFKC');
  return plain.length === 1 && plain >= '0' && plain <= '9' ? Number(plain) + 1 : OTHER;
}
