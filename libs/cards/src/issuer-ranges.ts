/** Shortest card number, in digits. Source: ISO/IEC 7812-1. */
export const MIN_CARD_DIGITS = 12;
/** Longest card number, in digits. Source: ISO/IEC 7812-1. */
export const MAX_CARD_DIGITS = 19;

/**
 * Number ranges of the issuers: lowest prefix, highest prefix, lengths. Source: ISO/IEC 7812 assignments as published
 * by the card schemes (2026). Some ranges are left out because other numbers of that form are far more frequent: Visa
 * with 13 digits (no longer issued; EAN-13 codes begin with 4), UATP (prefix 1, 15 digits), and all numbers of 12 to 15
 * digits except American Express, Diners Club and Maestro.
 */
const RANGES: readonly (readonly [from: number, to: number, lengths: readonly number[]])[] = [
  [4, 4, [16, 18, 19]], // Visa
  [51, 55, [16]], // Mastercard
  [2221, 2720, [16]], // Mastercard
  [34, 34, [15]], // American Express
  [37, 37, [15]],
  [300, 305, [14, 16, 17, 18, 19]], // Diners Club
  [3095, 3095, [14, 16, 17, 18, 19]],
  [36, 36, [14, 16, 17, 18, 19]],
  [38, 39, [14, 16, 17, 18, 19]],
  [3528, 3589, [16, 17, 18, 19]], // JCB
  [353, 353, [16]], // RuPay with JCB
  [2200, 2205, [16, 17, 18, 19]], // Mir, Borica
  [5018, 5018, [12, 13, 14, 15, 16, 17, 18, 19]], // Maestro of every length
  [5020, 5020, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5038, 5038, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5893, 5893, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6304, 6304, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6759, 6759, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6761, 6763, [12, 13, 14, 15, 16, 17, 18, 19]],
  [50, 50, [16, 17, 18, 19]], // Maestro, Verve, Elo, Dankort, RuPay
  [56, 58, [16, 17, 18, 19]], // Maestro
  [60, 69, [16, 17, 18, 19]], // Discover, UnionPay, Maestro, RuPay, Hipercard, InstaPayment
  [81, 82, [16, 17, 18, 19]], // UnionPay, RuPay
  [8600, 8600, [16]], // UzCard
  [9792, 9792, [16]], // Troy
  [9860, 9860, [16]], // Humo
];

const PREFIX_DIGITS = 4;

/** Bit mask of the issued lengths, indexed by the first four digits; the lowest bit is length 12. */
const LENGTHS_OF_PREFIX = lengthsByPrefix();

function lengthsByPrefix(): Uint8Array {
  const table = new Uint8Array(10 ** PREFIX_DIGITS);
  for (const [from, to, lengths] of RANGES) {
    const width = 10 ** (PREFIX_DIGITS - String(from).length);
    const mask = lengths.reduce((bits, length) => bits | (1 << (length - MIN_CARD_DIGITS)), 0);
    for (let prefix = from * width; prefix < (to + 1) * width; prefix++) table[prefix] = (table[prefix] ?? 0) | mask;
  }
  return table;
}

/**
 * Lengths of the card numbers that begin with these four digits.
 * @param prefix 0 to 9999
 * @returns a mask with bit `length - MIN_CARD_DIGITS` set for each length; 0 if no issuer uses the prefix.
 */
export function issuedLengths(prefix: number): number {
  return LENGTHS_OF_PREFIX[prefix] ?? 0;
}
