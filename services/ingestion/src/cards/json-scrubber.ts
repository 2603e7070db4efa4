import { replaceJsonTokens } from '@fraudflow/core';
import type { CardTokeniser } from './card-tokeniser.js';

/**
 * Replaces the card numbers in a JSON text; the result is JSON. Strings are searched in their decoded form, and a
 * number that was a card number becomes a string. The rest is unchanged.
 * @param text valid JSON
 */
export function scrubJson(text: string, cards: CardTokeniser): string {
  return replaceJsonTokens(text, {
    string: (token) => {
      if (token.length < 14) return token;
      const value = JSON.parse(token) as string;
      const clean = cards.scrub(value);
      return clean === value ? token : JSON.stringify(clean);
    },
    // A number with a fraction or an exponent is a quantity and not a card number.
    number: (token) => {
      if (token.length < 12 || !/^-?[0-9]+$/.test(token)) return token;
      const clean = cards.scrub(token);
      return clean === token ? token : JSON.stringify(clean);
    },
  });
}

/** True if the text is JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
