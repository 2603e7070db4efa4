import { issuedLengths, MAX_CARD_DIGITS, MIN_CARD_DIGITS } from './issuer-ranges.js';
import { ASCII_CLASSES, BLANK, DOT, OTHER, signClass } from './sign-classes.js';
import { liesInUuid } from './uuid-at.js';

/** A card number within a text. */
export interface FoundCard {
  /** Place of its first sign. */
  readonly from: number;
  /** Place behind its last sign. */
  readonly to: number;
  /** ASCII digits. */
  readonly digits: string;
}

/** Most separators in a row within a number: `4111 - 1111`. */
const MAX_SEPARATORS = 3;
/** Digits for which room is kept from one text to the next. */
const KEPT_CAPACITY = 65_536;
const BACKSLASH = 0x5c;
const ESCAPE = /^\\u[0-9A-Fa-f]{4}/;
const ESCAPE_LENGTH = 6;
/** Digits that may follow a number directly: its expiry date, and with it a check value of 3 or 4 digits. */
const EXPIRY_DIGITS = 4;
const TAILS = [EXPIRY_DIGITS, EXPIRY_DIGITS + 3, EXPIRY_DIGITS + 4];

/**
 * Finds card numbers: digits of any script that pass the Luhn check and have first digits and length of an issuer. They may be in
 * groups, with up to three blanks or hyphens, or one dot, between them. In one run of digits a number is found alone, behind its length
 * (ISO 8583 LLVAR) or before its expiry date. Numbers in UUIDs and behind a decimal point are none.
 *
 * One pass; time and memory are linear in the text's length: the Luhn sum of each candidate is the difference of two running sums.
 */
export class CardFinder {
  private capacity = 0;
  private count = 0;
  private digits = new Uint8Array(0);
  /** Places in the text. */
  private starts = new Int32Array(0);
  private ends = new Int32Array(0);
  /** 1 where a digit begins a group. */
  private opens = new Uint8Array(0);
  /** Running sums modulo 10; in the first, digits at odd places are doubled, in the second those at even ones. */
  private oddDoubled = new Uint8Array(0);
  private evenDoubled = new Uint8Array(0);
  private found: FoundCard[] = [];
  private text = '';
  /** Class of the separators of the number at hand. */
  private separator = OTHER;
  /** Separators since the last digit. */
  private gap = 0;

  /** @param escapes whether `\\u0034` stands for a digit 4, as in JSON that cannot be parsed */
  find(text: string, escapes = false): readonly FoundCard[] {
    this.text = text;
    this.found = [];
    this.reset();
    for (let at = 0; at < text.length;) {
      const code = text.charCodeAt(at);
      let length = 1;
      let sign = OTHER;
      if (code < 0x80 && !(escapes && code === BACKSLASH)) sign = ASCII_CLASSES[code] as number;
      else {
        const { codePoint, length: read } = signAt(text, at, escapes);
        sign = signClass(codePoint);
        length = read;
      }
      if (sign === OTHER) {
        if (this.count > 0) this.examine();
      } else if (sign < BLANK) this.addDigit(sign - 1, at, at + length, this.gap > 0);
      else if (this.count > 0) this.addSeparator(sign);
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

  private addDigit(digit: number, start: number, end: number, opens: boolean): void {
    const at = this.count;
    if (at === this.capacity) this.grow();
    this.digits[at] = digit;
    this.starts[at] = start;
    this.ends[at] = end;
    this.opens[at] = at === 0 || opens ? 1 : 0;
    const doubled = digit > 4 ? digit * 2 - 9 : digit * 2;
    const isOdd = at % 2 === 1;
    const odd = (this.oddDoubled[at] as number) + (isOdd ? doubled : digit);
    const even = (this.evenDoubled[at] as number) + (isOdd ? digit : doubled);
    this.oddDoubled[at + 1] = odd > 9 ? odd - 10 : odd;
    this.evenDoubled[at + 1] = even > 9 ? even - 10 : even;
    this.count = at + 1;
    this.gap = 0;
  }

  private addSeparator(sign: number): void {
    if (++this.gap > (sign === DOT ? 1 : MAX_SEPARATORS)) this.examine();
    else if (this.separator === OTHER) this.separator = sign;
    else if (this.separator !== sign) this.changeSeparator(sign);
  }

  /** Blanks and dots do not mix within a number (`4.50 3.20` is none): the last group begins a new one. */
  private changeSeparator(sign: number): void {
    const { count: kept, gap } = this;
    let last = kept - 1;
    while (this.opens[last] === 0) last--;
    this.examine();
    // Two kinds of separators in a row belong to no number.
    if (gap > 1) return;
    for (let at = last; at < kept; at++) {
      this.addDigit(this.digits[at] as number, this.starts[at] as number, this.ends[at] as number, false);
    }
    this.separator = sign;
    this.gap = gap;
  }

  /** Looks at the digits gathered, and forgets them. */
  private examine(): void {
    const { count } = this;
    if (count >= MIN_CARD_DIGITS) {
      for (let at = 0; at + MIN_CARD_DIGITS <= count;) {
        // Behind a decimal point there is no number.
        if (at > 0 && this.separator === DOT) break;
        const end = this.examineGroup(at, this.endOfGroup(at));
        at = this.endsGroup(end) ? end : this.endOfGroup(end);
      }
    }
    this.reset();
  }

  /** @returns the end of the number found, or of the group */
  private examineGroup(at: number, groupEnd: number): number {
    const lengths = this.lengthsAt(at);
    const end = lengths === 0 ? undefined : this.endOfNumber(at, lengths);
    if (end !== undefined) return this.take(at, end) ? end : groupEnd;
    // Only a run of digits that is longer than a number may hold one with something beside it.
    if (groupEnd - at < MIN_CARD_DIGITS + 2) return groupEnd;
    const beforeExpiry = this.endBeforeExpiry(at, lengths, groupEnd);
    if (beforeExpiry !== undefined) return this.take(at, beforeExpiry) ? beforeExpiry : groupEnd;
    const behindLength = this.endBehindLength(at, groupEnd);
    return behindLength !== undefined && this.take(at + 2, behindLength) ? behindLength : groupEnd;
  }

  /** The longest number that begins here and ends with a group. */
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

  private endBehindLength(at: number, groupEnd: number): number | undefined {
    const length = (this.digits[at] as number) * 10 + (this.digits[at + 1] as number);
    const end = at + 2 + length;
    if (end > groupEnd || !isAmong(this.lengthsAt(at + 2), length)) return undefined;
    return this.passesLuhn(at + 2, end) ? end : undefined;
  }

  /** @returns false if it is part of a UUID */
  private take(from: number, end: number): boolean {
    const start = this.starts[from] as number;
    const behind = this.ends[end - 1] as number;
    if (liesInUuid(this.text, start, behind)) return false;
    let digits = '';
    for (let at = from; at < end; at++) digits += String(this.digits[at]);
    this.found.push({ from: start, to: behind, digits });
    return true;
  }

  private lengthsAt(at: number): number {
    const { digits } = this;
    if (at + 4 > this.count) return 0;
    const firstTwo = (digits[at] as number) * 10 + (digits[at + 1] as number);
    return issuedLengths(firstTwo * 100 + (digits[at + 2] as number) * 10 + (digits[at + 3] as number));
  }

  /** True if a group ends before this place. */
  private endsGroup(place: number): boolean {
    return place === this.count || (place < this.count && this.opens[place] === 1);
  }

  /** The place behind the group that this one belongs to. */
  private endOfGroup(place: number): number {
    let end = place + 1;
    while (end < this.count && this.opens[end] === 0) end++;
    return end;
  }

  /** Month and year in either order. */
  private isExpiry(at: number): boolean {
    const first = (this.digits[at] as number) * 10 + (this.digits[at + 1] as number);
    const second = (this.digits[at + 2] as number) * 10 + (this.digits[at + 3] as number);
    return (first >= 1 && first <= 12) || (second >= 1 && second <= 12);
  }

  /** The last digit stands as it is, and from there on every second one is doubled. */
  private passesLuhn(from: number, end: number): boolean {
    const sums = end % 2 === 1 ? this.oddDoubled : this.evenDoubled;
    return sums[end] === sums[from];
  }

  private shrink(): void {
    this.capacity = 0;
    this.digits = this.opens = this.oddDoubled = this.evenDoubled = new Uint8Array(0);
    this.starts = this.ends = new Int32Array(0);
  }

  private grow(): void {
    const capacity = Math.max(64, this.capacity * 2);
    const { digits, starts, ends, opens, oddDoubled, evenDoubled } = this;
    this.digits = new Uint8Array(capacity);
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
    this.opens = new Uint8Array(capacity);
    this.digits.set(digits);
    this.starts.set(starts);
    this.ends.set(ends);
    this.opens.set(opens);
    this.oddDoubled = new Uint8Array(capacity + 1);
    this.evenDoubled = new Uint8Array(capacity + 1);
    this.oddDoubled.set(oddDoubled);
    this.evenDoubled.set(evenDoubled);
    this.capacity = capacity;
  }
}

interface Sign {
  codePoint: number;
  length: number;
}

/** One for all texts: a sign is looked at before the next is read. */
const sign: Sign = { codePoint: 0, length: 0 };

function signAt(text: string, at: number, escapes: boolean): Sign {
  const escape = escapes && text.charCodeAt(at) === BACKSLASH ? text.slice(at, at + ESCAPE_LENGTH) : '';
  if (ESCAPE.test(escape)) {
    sign.codePoint = Number.parseInt(escape.slice(2), 16);
    sign.length = ESCAPE_LENGTH;
  } else {
    sign.codePoint = text.codePointAt(at) as number;
    sign.length = sign.codePoint > 0xffff ? 2 : 1;
  }
  return sign;
}

function isAmong(lengths: number, length: number): boolean {
  const bit = length - MIN_CARD_DIGITS;
  return bit >= 0 && length <= MAX_CARD_DIGITS && (lengths & (1 << bit)) !== 0;
}
