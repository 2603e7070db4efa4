import { issuedLengths, MAX_CARD_DIGITS, MIN_CARD_DIGITS } from './issuer-ranges.js';
import { ASCII_CLASSES, BLANK, DOT, OTHER, characterClass } from './character-classes.js';
import { isInsideUuid } from './uuid-at.js';

/** A card number within a text. */
export interface FoundCard {
  /** Index of its first character (UTF-16 unit). */
  readonly from: number;
  /** Index after its last character. */
  readonly to: number;
  /** The number as ASCII digits, without separators. */
  readonly digits: string;
}

/** Largest number of consecutive separators within a number: `4111 - 1111` has three. */
const MAX_SEPARATORS = 3;
/** Largest buffer, in digits, that is kept from one text to the next. */
const KEPT_CAPACITY = 65_536;
const BACKSLASH = 0x5c;
const ESCAPE = /^\\u[0-9A-Fa-f]{4}/;
const ESCAPE_LENGTH = 6;
/**
 * Digits that may follow a number directly: an expiry date, alone or with a card verification value of 3 or 4 digits.
 */
const EXPIRY_DIGITS = 4;
const TAILS = [EXPIRY_DIGITS, EXPIRY_DIGITS + 3, EXPIRY_DIGITS + 4];

/**
 * Finds card numbers (PANs) in text. A card number is a sequence of digits of any script that has the prefix and length
 * of an issuer and passes the Luhn check (ISO/IEC 7812-1). Its digits may be in groups separated by up to three blanks
 * or hyphens, or by one dot. A run of digits may hold the number alone, after its length (ISO 8583 LLVAR), or before
 * its expiry date. Digits in UUIDs and after a decimal point do not count.
 * One pass; time and memory are linear in the length of the text. The Luhn sum of a candidate is the difference of two
 * prefix sums. An instance reuses its buffers and is not re-entrant.
 */
export class CardFinder {
  private capacity = 0;
  private count = 0;
  private digits = new Uint8Array(0);
  /** Start and end of each digit in the text. */
  private starts = new Int32Array(0);
  private ends = new Int32Array(0);
  /** 1 where a digit begins a group. */
  private startsGroup = new Uint8Array(0);
  /** Luhn prefix sums modulo 10: the first array doubles digits at odd indices, the second those at even indices. */
  private oddDoubled = new Uint8Array(0);
  private evenDoubled = new Uint8Array(0);
  private found: FoundCard[] = [];
  private text = '';
  /** Class of the separators of the current number; OTHER before the first separator. */
  private separator = OTHER;
  /** Separators since the last digit. */
  private gap = 0;

  /**
   * Finds all card numbers of a text, in order and without overlap.
   * @param escapes true if `\\u0034` counts as the digit 4, for JSON text that cannot be parsed
   */
  find(text: string, escapes = false): readonly FoundCard[] {
    this.text = text;
    this.found = [];
    this.reset();
    for (let at = 0; at < text.length;) {
      const code = text.charCodeAt(at);
      let length = 1;
      let character = OTHER;
      if (code < 0x80 && !(escapes && code === BACKSLASH)) character = ASCII_CLASSES[code] as number;
      else {
        const { codePoint, length: read } = characterAt(text, at, escapes);
        character = characterClass(codePoint);
        length = read;
      }
      if (character === OTHER) {
        if (this.count > 0) this.examine();
      } else if (character < BLANK) this.addDigit(character - 1, at, at + length, this.gap > 0);
      else if (this.count > 0) this.addSeparator(character);
      at += length;
    }
    this.examine();
    this.text = '';
    if (this.capacity > KEPT_CAPACITY) this.shrink();
    return this.found;
  }

  private reset(): void {
    this.count = 0;
    this.gap = 0;
    this.separator = OTHER;
  }

  private addDigit(digit: number, start: number, end: number, startsGroup: boolean): void {
    const at = this.count;
    if (at === this.capacity) this.grow();
    this.digits[at] = digit;
    this.starts[at] = start;
    this.ends[at] = end;
    this.startsGroup[at] = at === 0 || startsGroup ? 1 : 0;
    const doubled = digit > 4 ? digit * 2 - 9 : digit * 2;
    const isOdd = at % 2 === 1;
    const odd = (this.oddDoubled[at] as number) + (isOdd ? doubled : digit);
    const even = (this.evenDoubled[at] as number) + (isOdd ? digit : doubled);
    this.oddDoubled[at + 1] = odd > 9 ? odd - 10 : odd;
    this.evenDoubled[at + 1] = even > 9 ? even - 10 : even;
    this.count = at + 1;
    this.gap = 0;
  }

  private addSeparator(character: number): void {
    if (++this.gap > (character === DOT ? 1 : MAX_SEPARATORS)) this.examine();
    else if (this.separator === OTHER) this.separator = character;
    else if (this.separator !== character) this.changeSeparator(character);
  }

  /**
   * Ends the current number at a separator of another class: blanks and dots do not mix within a number (`4.50 3.20`).
   * The last group becomes the first group of the next candidate.
   */
  private changeSeparator(character: number): void {
    const { count: kept, gap } = this;
    let last = kept - 1;
    while (this.startsGroup[last] === 0) last--;
    this.examine();
    // Two adjacent separators of different classes end the candidate.
    if (gap > 1) return;
    for (let at = last; at < kept; at++) {
      this.addDigit(this.digits[at] as number, this.starts[at] as number, this.ends[at] as number, false);
    }
    this.separator = character;
    this.gap = gap;
  }

  /** Searches the collected digits for card numbers, then clears them. */
  private examine(): void {
    const { count } = this;
    if (count >= MIN_CARD_DIGITS) {
      for (let at = 0; at + MIN_CARD_DIGITS <= count;) {
        // Digits after a decimal point are not a card number.
        if (at > 0 && this.separator === DOT) break;
        const end = this.examineGroup(at, this.endOfGroup(at));
        at = this.endsGroup(end) ? end : this.endOfGroup(end);
      }
    }
    this.reset();
  }

  /** @returns the index after the number found, or after the group if there is none */
  private examineGroup(at: number, groupEnd: number): number {
    const lengths = this.lengthsAt(at);
    const end = lengths === 0 ? undefined : this.endOfNumber(at, lengths);
    if (end !== undefined) return this.take(at, end) ? end : groupEnd;
    // Only a run of digits longer than a card number can hold one together with a length or an expiry date.
    if (groupEnd - at < MIN_CARD_DIGITS + 2) return groupEnd;
    const beforeExpiry = this.endBeforeExpiry(at, lengths, groupEnd);
    if (beforeExpiry !== undefined) return this.take(at, beforeExpiry) ? beforeExpiry : groupEnd;
    const afterLength = this.endAfterLength(at, groupEnd);
    return afterLength !== undefined && this.take(at + 2, afterLength) ? afterLength : groupEnd;
  }

  /** End of the longest number that begins here and ends at a group boundary. */
  private endOfNumber(at: number, lengths: number): number | undefined {
    let left = lengths;
    while (left !== 0) {
      const bit = 31 - Math.clz32(left);
      const end = at + MIN_CARD_DIGITS + bit;
      if (this.endsGroup(end) && this.passesLuhn(at, end)) return end;
      left ^= 1 << bit;
    }
    return undefined;
  }

  private endBeforeExpiry(at: number, lengths: number, groupEnd: number): number | undefined {
    for (const tail of TAILS) {
      const end = groupEnd - tail;
      if (isAmong(lengths, end - at) && this.isExpiry(end) && this.passesLuhn(at, end)) return end;
    }
    return undefined;
  }

  private endAfterLength(at: number, groupEnd: number): number | undefined {
    const length = (this.digits[at] as number) * 10 + (this.digits[at + 1] as number);
    const end = at + 2 + length;
    if (end > groupEnd || !isAmong(this.lengthsAt(at + 2), length)) return undefined;
    return this.passesLuhn(at + 2, end) ? end : undefined;
  }

  /** Records a number. @returns false if it is part of a UUID */
  private take(from: number, end: number): boolean {
    const start = this.starts[from] as number;
    const stop = this.ends[end - 1] as number;
    if (isInsideUuid(this.text, start, stop)) return false;
    let digits = '';
    for (let at = from; at < end; at++) digits += String(this.digits[at]);
    this.found.push({ from: start, to: stop, digits });
    return true;
  }

  private lengthsAt(at: number): number {
    const { digits } = this;
    if (at + 4 > this.count) return 0;
    const firstTwo = (digits[at] as number) * 10 + (digits[at + 1] as number);
    return issuedLengths(firstTwo * 100 + (digits[at + 2] as number) * 10 + (digits[at + 3] as number));
  }

  /** True if a group ends before this index. */
  private endsGroup(place: number): boolean {
    return place === this.count || (place < this.count && this.startsGroup[place] === 1);
  }

  /** Index after the group that contains this index. */
  private endOfGroup(place: number): number {
    let end = place + 1;
    while (end < this.count && this.startsGroup[end] === 0) end++;
    return end;
  }

  /** True for a month and a year, in either order. */
  private isExpiry(at: number): boolean {
    const first = (this.digits[at] as number) * 10 + (this.digits[at + 1] as number);
    const second = (this.digits[at + 2] as number) * 10 + (this.digits[at + 3] as number);
    return (first >= 1 && first <= 12) || (second >= 1 && second <= 12);
  }

  /** Luhn check: the last digit is added unchanged; from there every second digit to the left is doubled. */
  private passesLuhn(from: number, end: number): boolean {
    const sums = end % 2 === 1 ? this.oddDoubled : this.evenDoubled;
    return sums[end] === sums[from];
  }

  private shrink(): void {
    this.capacity = 0;
    this.digits = this.startsGroup = this.oddDoubled = this.evenDoubled = new Uint8Array(0);
    this.starts = this.ends = new Int32Array(0);
  }

  private grow(): void {
    const capacity = Math.max(64, this.capacity * 2);
    const { digits, starts, ends, startsGroup, oddDoubled, evenDoubled } = this;
    this.digits = new Uint8Array(capacity);
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
    this.startsGroup = new Uint8Array(capacity);
    this.digits.set(digits);
    this.starts.set(starts);
    this.ends.set(ends);
    this.startsGroup.set(startsGroup);
    this.oddDoubled = new Uint8Array(capacity + 1);
    this.evenDoubled = new Uint8Array(capacity + 1);
    this.oddDoubled.set(oddDoubled);
    this.evenDoubled.set(evenDoubled);
    this.capacity = capacity;
  }
}

interface Character {
  codePoint: number;
  length: number;
}

/** Reused for every character: the caller reads it before the next call. */
const character: Character = { codePoint: 0, length: 0 };

function characterAt(text: string, at: number, escapes: boolean): Character {
  const escape = escapes && text.charCodeAt(at) === BACKSLASH ? text.slice(at, at + ESCAPE_LENGTH) : '';
  if (ESCAPE.test(escape)) {
    character.codePoint = Number.parseInt(escape.slice(2), 16);
    character.length = ESCAPE_LENGTH;
  } else {
    character.codePoint = text.codePointAt(at) as number;
    character.length = character.codePoint > 0xffff ? 2 : 1;
  }
  return character;
}

function isAmong(lengths: number, length: number): boolean {
  const bit = length - MIN_CARD_DIGITS;
  return bit >= 0 && length <= MAX_CARD_DIGITS && (lengths & (1 << bit)) !== 0;
}
