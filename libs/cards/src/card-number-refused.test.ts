import { expect, test } from 'vitest';
import { cardNumberRefused } from './card-number-refused.js';

test.each([
  ['customer_id', 'CUSTOMER_ID_IS_CARD_NUMBER'],
  ['transaction.customer_id', 'CUSTOMER_ID_IS_CARD_NUMBER'],
])('the refusal of a card number in %s names the field, the code and the remedy', (field, code) => {
  expect(cardNumberRefused(field)).toMatchObject({
    kind: 'invalid_input',
    code,
    field,
    message: `${field}: holds a card number; send an id of your own, or a token`,
  });
});
