import { createHmac } from 'node:crypto';
import { CardFinder, type FoundCard, MIN_CARD_DIGITS } from '@fraudflow/cards';
import { invalidInput } from '@fraudflow/core';

export const MIN_KEY_BYTES = 32;

/**
 * Replaces card numbers by keyed hashes: HMAC-SHA-256 over the digits, `v<key version>.<base64url>`.
 * The same card gives the same token under the same key. Without the key, a number cannot be found by trying all.
 * Source: PCI DSS 4.0.1, requirement 3.5.1.1.
 */
export class CardTokeniser {
  private readonly key: Buffer;
  private readonly finder = new CardFinder();

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

  /** The token of a card number. Spaces and hyphens in the number are ignored. */
  tokenise(cardNumber: string): string {
    const digits = cardNumber.replaceAll(/[ -]/g, '');
    return `v${this.version}.${createHmac('sha256', this.key).update(digits).digest('base64url')}`;
  }

  /**
   * Replaces every card number in a text (see CardFinder) by its token; the rest is unchanged. Takes time linear in the
   * text's length.
   * @param escapes true if `\\u0034` is read as the digit 4, as in JSON that cannot be parsed
   */
  scrub(text: string, escapes = false): string {
    if (text.length < MIN_CARD_DIGITS) return text;
    const found = this.finder.find(text, escapes);
    return found.length === 0 ? text : this.replaced(text, found);
  }

  private replaced(text: string, found: readonly FoundCard[]): string {
    const parts: string[] = [];
    let at = 0;
    for (const { from, to, digits } of found) {
      // Two numbers may share a group of digits; it belongs to the first one.
      if (from < at) continue;
      parts.push(text.slice(at, from), this.tokenise(digits));
      at = to;
    }
    parts.push(text.slice(at));
    return parts.join('');
  }
}
