import { defineAggregate } from '../contract/aggregate.js';

/** The request's amount / mean amount of the rows before it; 1 if there are none or their sum is not positive. */
export const ratioToMean = defineAggregate({
  name: 'ratio_to_mean',
  dtype: 'double',
  rows: ['all'],
  isComparison: true,
  needs: { sum: true },
  subject: () => 'amount_to_mean',
  sentence: ({ rows }) => `Amount / mean amount of the ${rows}; 1 if there is nothing to compare with.`,
  evaluate: (rows) => {
    const count = rows.count();
    const sum = rows.sum();
    return count === 0 || sum <= 0 ? 1 : (rows.currentMinor * count) / sum;
  },
});
