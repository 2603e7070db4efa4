import { defineAggregate } from '../contract/aggregate.js';
import { ratioOf } from './ratio-of.js';

/** The request's amount / greatest amount of the rows before it; 1 if there are none or it is not positive. */
export const ratioToMax = defineAggregate({
  name: 'ratio_to_max',
  dtype: 'double',
  rows: ['all'],
  isComparison: true,
  needs: { order: true },
  subject: () => 'amount_to_max',
  sentence: ({ rows }) => `Amount / greatest amount of the ${rows}; 1 if there is nothing to compare with.`,
  evaluate: (rows) => ratioOf(rows.currentMinor, rows.greatest()),
});
