import { type AppError, invalidInput } from '@fraudflow/core';

/**
 * Second half of an error message: the problem and the remedy, to be placed after the field's name. The message never
 * contains the value, because errors are logged and stored.
 */
export const HOLDS_CARD_NUMBER = 'holds a card number; send an id of your own, or a token';

/**
 * Error code of the refusal: `<FIELD>_IS_CARD_NUMBER`, e.g. `CUSTOMER_ID_IS_CARD_NUMBER`.
 * @param field name or dotted path in the caller's spelling; the code uses the last name of a path.
 */
export function cardNumberCode(field: string): `${string}_IS_CARD_NUMBER` {
  return `${field.slice(field.lastIndexOf('.') + 1).toUpperCase()}_IS_CARD_NUMBER`;
}

/**
 * Creates the error for a field that holds a card number. Ids are refused because keys, states, tables and logs keep
 * them.
 * @param field see `cardNumberCode`
 * @returns an AppError `invalid_input` with the code of `cardNumberCode`; the caller throws it.
 */
export function cardNumberRefused(field: string): AppError {
  return invalidInput(`${field}: ${HOLDS_CARD_NUMBER}`, { code: cardNumberCode(field), field });
}
