/** What a sign is within a number: a digit is its value plus 1. */
export const OTHER = 0;
/** Blanks, hyphens, underscores, signs without width. */
export const BLANK = 11;
export const DOT = 12;

const CODE_POINTS = 0x20000;
/** Tab and line ends are no separators: columns of numbers would run together. */
const BLANKS = /^[\0 _\-\u00a0\u00ad\u1680\u2000-\u2015\u202f\u205f\u2060\u2212\u3000\ufe58\ufe63\ufeff\uff0d\uff3f]$/;
const DOTS = /^[.\u00b7\u2024\uff0e]$/;
const NUMERIC = /^\p{N}$/u;
const DECIMAL_DIGIT = /^\p{Nd}$/u;

/** Classes of the code points below 128. */
export const ASCII_CLASSES: Readonly<Uint8Array> = classes(0, 0x80);
/** Made at start, 30 ms of work: in the middle of a stream it would hold up everything. */
const BEYOND_ASCII = classes(0x80, CODE_POINTS);

/** The class of a code point. Digits of every script count, and signs that compatibility decomposition (NFKC) makes digits. */
export function signClass(codePoint: number): number {
  if (codePoint < 0x80) return ASCII_CLASSES[codePoint] as number;
  return BEYOND_ASCII[codePoint - 0x80] ?? OTHER;
}

function classes(from: number, to: number): Uint8Array {
  const table = new Uint8Array(to - from);
  let ofBlock = 0;
  for (let codePoint = from; codePoint < to; codePoint++) {
    const sign = String.fromCodePoint(codePoint);
    // Unicode keeps the ten digits of a script together, zero first.
    if (DECIMAL_DIGIT.test(sign)) table[codePoint - from] = (ofBlock++ % 10) + 1;
    else if (NUMERIC.test(sign)) table[codePoint - from] = decomposed(sign);
    else if (BLANKS.test(sign)) table[codePoint - from] = BLANK;
    else if (DOTS.test(sign)) table[codePoint - from] = DOT;
  }
  return table;
}

function decomposed(sign: string): number {
  const plain = sign.normalize('NFKC');
  return plain.length === 1 && plain >= '0' && plain <= '9' ? Number(plain) + 1 : OTHER;
}
