import { cardNumberRefused, holdsCardNumber } from '@fraudflow/cards';
import type { CardTokeniser } from './card-tokeniser.js';

/** Treatments of an id that is a card number or contains one. */
export const CARD_ID_RULES = ['refuse', 'tokenise', 'keep'] as const;
export type CardIdRule = (typeof CARD_ID_RULES)[number];

const MAX_ID_LENGTH = 64;

/**
 * An id without a card number. Ids are stored in keys, states, tables and logs without a time limit.
 * @throws AppError invalid_input `<FIELD>_IS_CARD_NUMBER` under the rule `refuse`
 */
export function idWithoutCard(id: string, field: string, rule: CardIdRule, cards: CardTokeniser): string {
  if (rule === 'keep' || !holdsCardNumber(id)) return id;
  if (rule === 'refuse') throw cardNumberRefused(field);
  const clean = cards.scrub(id);
  return clean.length <= MAX_ID_LENGTH ? clean : cards.tokenise(id);
}
