import { defineAggregate } from '../contract/aggregate.js';
import { ratioOf } from './ratio-of.js';

/** The request's amount / median amount of the rows before it; 1 if there are none or it is not positive. */
export const ratioToMedian = defineAggregate({
  name: 'ratio_to_median',
  dtype: 'double',
  rows: ['all'],
  isComparison: true,
  needs: { order: true },
  subject: () => 'amount_to_median',
  sentence: ({ rows }) => `Amount / median amount of the ${rows}; 1 if there is nothing to compare with.`,
  evaluate: (rows) => ratioOf(rows.currentMinor, rows.median()),
});
