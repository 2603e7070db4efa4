import { holdsCardNumber } from './holds-card-number.js';

/** Rules for a value that holds a card number, in services without the token key: refuse it, or keep it unchanged. */
export const CARD_NUMBER_RULES = ['refuse', 'keep'] as const;
/** One of {@link CARD_NUMBER_RULES}. */
export type CardNumberRule = (typeof CARD_NUMBER_RULES)[number];

/** True if the text holds a card number and the rule is `refuse`. Under `keep` the text is not searched. */
export function holdsRefusedCardNumber(text: string, rule: CardNumberRule): boolean {
  return rule !== 'keep' && holdsCardNumber(text);
}
