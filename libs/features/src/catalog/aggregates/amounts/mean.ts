import { defineAggregate } from '../contract/aggregate.js';
import { MINOR_PER_MAJOR } from '../contract/window-rows.js';

/**
 * Mean amount, in major units; 0 if there are no rows. One division of two exact integers, so the result is the double
 * nearest to the true mean.
 */
export const mean = defineAggregate({
  name: 'mean',
  dtype: 'double',
  rows: ['all'],
  needs: { sum: true },
  subject: () => 'avg_amount',
  sentence: ({ rows }) => `Mean amount, in major units, of the ${rows}; 0 if there are none.`,
  evaluate: (rows) => {
    const count = rows.count();
    return count === 0 ? 0 : rows.sum() / (MINOR_PER_MAJOR * count);
  },
});
