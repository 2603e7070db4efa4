import { createHmac } from 'node:crypto';
import { invalidInput } from '@fraudflow/core';

export const MIN_KEY_BYTES = 32;
const MIN_CARD_DIGITS = 12;
const MAX_CARD_DIGITS = 19;
/** Groups of digits with single spaces or hyphens between them: a card number, or one with a date or another number beside it. */
const DIGIT_GROUPS = /\d(?:[ -]?\d){11,}/g;

/**
 * Replaces card numbers by keyed hashes: HMAC-SHA-256 over the digits, `v<key version>.<base64url>`.
 * The same card gives the same token under the same key; without the key the number cannot be found by trying.
 * Source: PCI DSS 4.0.1, requirement 3.5.1.1.
 */
export class CardTokeniser {
  private readonly key: Buffer;

  /** @param keyBase64 at least 32 bytes. */
  constructor(
    keyBase64: string,
    private readonly version: number,
  ) {
    this.key = Buffer.from(keyBase64, 'base64');
    if (this.key.length < MIN_KEY_BYTES) {
      throw invalidInput(`FRAUDFLOW_CARD_TOKEN_KEY must hold at least ${MIN_KEY_BYTES} bytes in base64`, {
        field: 'FRAUDFLOW_CARD_TOKEN_KEY',
      });
    }
  }

  tokenise(cardNumber: string): string {
    const digits = cardNumber.replaceAll(/[ -]/g, '');
    return `v${this.version}.${createHmac('sha256', this.key).update(digits).digest('base64url')}`;
  }

  /** Puts tokens in place of every Luhn-valid number within a text; the rest stays byte for byte. */
  scrub(text: string): string {
    return text.replace(DIGIT_GROUPS, (found) => this.scrubGroups(found));
  }

  /** Numbers begin and end with a group: what stands beside them (an expiry date, a second card) hides none. */
  private scrubGroups(found: string): string {
    const parts = found.split(/([ -])/);
    let clean = '';
    for (let at = 0; at < parts.length;) {
      const end = cardEnd(parts, at);
      clean += end === undefined ? parts[at] : this.tokenise(parts.slice(at, end).join(''));
      at = end ?? at + 1;
    }
    return clean;
  }
}

/** Where the longest Luhn-valid number that begins with this part ends (exclusive), or undefined. Odd parts are separators. */
function cardEnd(parts: readonly string[], from: number): number | undefined {
  if (from % 2 === 1) return undefined;
  let longest: number | undefined;
  let digits = 0;
  for (let at = from; at < parts.length; at += 2) {
    digits += parts[at]?.length ?? 0;
    if (digits > MAX_CARD_DIGITS) break;
    if (digits >= MIN_CARD_DIGITS && isLuhnValid(parts.slice(from, at + 1).join(''))) longest = at + 1;
  }
  return longest;
}

/** True if the digits pass the Luhn check and have the length of a card number (12 to 19). Other signs are skipped. */
export function isLuhnValid(text: string): boolean {
  let sum = 0;
  let digits = 0;
  for (let i = text.length - 1; i >= 0; i--) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) continue;
    const doubled = digits % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
    digits++;
  }
  return digits >= MIN_CARD_DIGITS && digits <= MAX_CARD_DIGITS && sum % 10 === 0;
}
