import { defineAggregate } from '../contract/aggregate.js';
import { MINOR_PER_MAJOR } from '../contract/window-rows.js';

/** Median amount, in major units; 0 if there are no rows. */
export const median = defineAggregate({
  name: 'median',
  dtype: 'double',
  rows: ['all'],
  needs: { order: true },
  sentence: ({ rows }) => `Median amount, in major units, of the ${rows}; 0 if there are none.`,
  evaluate: (rows) => rows.median() / MINOR_PER_MAJOR,
});
