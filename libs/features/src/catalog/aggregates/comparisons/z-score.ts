import { defineAggregate } from '../contract/aggregate.js';

/** (The request's amount − mean) / sample standard deviation of the rows before it; 0 if they do not vary. */
export const zScore = defineAggregate({
  name: 'z_score',
  dtype: 'double',
  rows: ['all'],
  isComparison: true,
  needs: { sum: true, squares: true },
  subject: () => 'amount_z_score',
  sentence: ({ rows }) =>
    `(Amount − mean) / sample standard deviation of the amounts of the ${rows}; 0 if they do not vary.`,
  evaluate: (rows) => {
    const deviation = rows.deviation();
    return deviation === 0 ? 0 : (rows.currentMinor - rows.sum() / rows.count()) / deviation;
  },
});
