import { type AppError, invalidInput } from '@fraudflow/core';

/** What is wrong, and what to do, as the end of a sentence that begins with the place. The value is not repeated: errors are logged and kept. */
export const HOLDS_CARD_NUMBER = 'holds a card number; send an id of your own, or a token';

/** `<FIELD>_IS_CARD_NUMBER`, e.g. `CUSTOMER_ID_IS_CARD_NUMBER`. @param field as the caller spells it: of a path the last name counts */
export function cardNumberCode(field: string): string {
  return `${field.slice(field.lastIndexOf('.') + 1).toUpperCase()}_IS_CARD_NUMBER`;
}

/** The refusal of a field that holds a card number: ids lie in keys, states, tables and logs for ever. @param field as `cardNumberCode` */
export function cardNumberRefused(field: string): AppError {
  return invalidInput(`${field}: ${HOLDS_CARD_NUMBER}`, { code: cardNumberCode(field), field });
}
