import { defineAggregate } from '../contract/aggregate.js';
import { MINOR_PER_MAJOR } from '../contract/window-rows.js';

/** Sum of the amounts, in major units. */
export const sum = defineAggregate({
  name: 'sum',
  dtype: 'double',
  rows: ['all'],
  needs: { sum: true },
  sentence: ({ rows }) => `Sum of the amounts, in major units, of the ${rows}.`,
  evaluate: (rows) => rows.sum() / MINOR_PER_MAJOR,
});
