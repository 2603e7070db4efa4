import { replaceJsonTokens } from '@fraudflow/core';
import type { CardTokeniser } from './card-tokeniser.js';

/**
 * A JSON text without card numbers, still JSON: strings are looked at as what they stand for, and a number that was a
 * card number becomes a string. All else stays as it is.
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
    // Fractions and exponents are measures, not card numbers.
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
