import { CardFinder } from './card-finder.js';
import { MIN_CARD_DIGITS } from './issuer-ranges.js';

/** Shared by all callers: a search is synchronous, so two searches never overlap. */
const finder = new CardFinder();

/**
 * True if an id or a short text contains a card number as one run of digits or in the usual groups (4-4-4-4, 4-6-5,
 * 4-6-4). Other groups do not count, because ids often join several numbers, such as a terminal and a time in ms. A
 * text with fewer than 12 digits takes one pass without allocation.
 */
export function holdsCardNumber(text: string): boolean {
  if (!hasEnoughDigits(text)) return false;
  return finder.find(text).some(({ from, to }) => isWrittenAsCard(text.slice(from, to)));
}

function hasEnoughDigits(text: string): boolean {
  const { length } = text;
  if (length < MIN_CARD_DIGITS) return false;
  let count = 0;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    // A UTF-16 unit beyond ASCII may be a digit of another script: CardFinder decides.
    if (((code >= 0x30 && code <= 0x39) || code >= 0x80) && ++count === MIN_CARD_DIGITS) return true;
  }
  return false;
}

/** Accepted sizes of the groups of digits, e.g. `4 4 4 4`. */
const CARD_GROUPS = /^(\d+|4 6 [45]|4 4 4 [1-7]|4 4 4 4 [1-3])$/;
/** Everything except the decimal digits of all scripts. */
const NO_DIGITS = /\P{Nd}+/u;

function isWrittenAsCard(text: string): boolean {
  const groups = text.normalize('NFKC').split(NO_DIGITS);
  return CARD_GROUPS.test(groups.map((group) => [...group].length).join(' '));
}
