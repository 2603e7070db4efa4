import { holdsCardNumber } from './holds-card-number.js';

/** What becomes of a value that holds a card number, in services that have no key to make a token of it. */
export const CARD_NUMBER_RULES = ['refuse', 'keep'] as const;
export type CardNumberRule = (typeof CARD_NUMBER_RULES)[number];

/** True if a text holds a card number and the rule does not keep it. Under `keep` nothing is searched. */
export function holdsRefusedCardNumber(text: string, rule: CardNumberRule): boolean {
  return rule !== 'keep' && holdsCardNumber(text);
}
