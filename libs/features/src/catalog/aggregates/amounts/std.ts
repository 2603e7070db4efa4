import { defineAggregate } from '../contract/aggregate.js';
import { MINOR_PER_MAJOR } from '../contract/window-rows.js';

/** Sample standard deviation of the amounts, in major units; 0 of fewer than two rows. */
export const std = defineAggregate({
  name: 'std',
  dtype: 'double',
  rows: ['all'],
  needs: { sum: true, squares: true },
  sentence: ({ rows }) =>
    `Sample standard deviation of the amounts, in major units, of the ${rows}; 0 of fewer than two.`,
  evaluate: (rows) => rows.deviation() / MINOR_PER_MAJOR,
});
